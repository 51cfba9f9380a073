mails-hello = Hello,
mails-hello-name = Hello { $name },
mails-sign-in-subject = Your link to { $community }
mails-sign-in-why = somebody, hopefully you, wants to sign in with this address.
mails-sign-in-button = Sign in
mails-link-once = The link works once, for { $minutes } minutes.
mails-not-you = If this was not you, just ignore this message; nothing happens.
mails-days-zone = { $days } ({ $zone })
mails-registration-subject = { $title }: please confirm
mails-registration-why = you are about to register for { $title }, { $days }.
mails-registration-calendar = The attached file puts it into your calendar.
mails-registration-button = Confirm and come in
mails-registration-page = The event’s page: { $url }
mails-conduct-decided = About your conduct at { $title }
mails-conduct-lifted = A decision about you at { $title } was lifted
mails-conduct-appeal = Your appeal at { $title }
mails-conduct-report = Your report at { $title }
mails-conduct-thanks = Thank you for telling us.
mails-conduct-button = Read it on the page
mails-conduct-appeal-way = On that page you can appeal. Somebody else than the one who decided looks at it again.
mails-digest-one = { $name } called you in { $channel }
mails-digest-direct = { $name } wrote to you
mails-digest-many = { $count ->
    [one] 1 message calls you
   *[other] { $count } messages call you
}
mails-digest-why = this was said to you while you were away:
mails-digest-conversation = A conversation at { $event }
mails-digest-inside = What it says you can read there.
mails-digest-read = Read it in its place
mails-digest-more = There is more. The chat’s page “Catch me up” has all of it.
mails-digest-asked = You get this mail because you asked for it on your account’s page.
mails-digest-settings = Change when you get it:
mails-digest-off = Get no more of these mails:
