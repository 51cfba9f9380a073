account-title = Your account
account-profile = Profile
account-name = Display name
account-name-hint = Shown beside what you write.
account-pronouns = Pronouns
account-pronouns-hint = Shown beside your name, if you like: she/her, they/them.
account-zone = Time zone
account-zone-hint = All times are shown in it. Leave it empty to see each event’s own time.
account-lang = Language
account-save = Save
account-events = Your events
account-events-none = You are not registered for an event yet.
account-browsers = Where you are signed in
account-browsers-lead = If you don’t recognise one of these, sign it out.
account-browser-this = this browser
account-browser-unknown = A browser we don’t know
account-since = since
account-seen = last seen
account-sign-out = Sign out
account-sign-out-everywhere = Sign out everywhere
account-yours = What is yours
account-yours-lead = Everything we hold about you fits into one file. You can take it, and you can leave.
account-export = Download my data
account-delete = Delete my account
account-delete-title = Delete your account?
account-delete-lead = This cannot be undone. This is what happens:
account-delete-profile = Your name, e-mail address, pronouns and settings are erased now, and you are signed out everywhere.
account-delete-registrations = { $count ->
    [0] You have no registrations.
    [one] Your registration is removed.
   *[other] Your { $count } registrations are removed.
}
account-delete-messages = { $count ->
    [0] You have written no messages.
    [one] Your message loses your name. What becomes of its words, you choose below.
   *[other] Your { $count } messages lose your name. What becomes of their words, you choose below.
}
account-delete-backups = Backups made before today are not changed; whoever runs this site deletes them in time.
account-delete-export-first = Download my data first
account-delete-sure = Yes, delete my account and everything above.
account-delete-submit = Delete my account
account-delete-keep = Keep it
account-delete-words = Your messages
account-delete-words-removed = Take the words away: each becomes a dash.
account-delete-words-anonymous = Leave the words, without my name.
account-telling = Being told
account-telling-lead = A notification in your browser, even when no page is open: of what calls you by name, of conversations with you, and of every message in channels that you follow closely. Muted channels stay muted.
account-push-script = This needs JavaScript.
account-push-impossible = This site does not reach the push services of browsers. Its pages tell you what is new.
account-push-browsers = { $count ->
    [one] 1 browser is told.
   *[other] { $count } browsers are told.
}
account-push-off-all = Tell none of them
account-quiet = Quiet hours
account-quiet-begins = Quiet from
account-quiet-ends = Quiet until
account-quiet-hint = In this time nothing is sent to your browsers; it waits in the chat as new. The times are in your time zone, or in the event’s while you have given none. Leave both empty to be told at any time.
account-push-on = Tell this browser
account-push-off = Do not tell this browser any more
account-push-refused = Your browser does not let this site tell you anything. Its settings for this site can change that.
account-push-unable = This browser cannot be told.
account-push-failed = That did not work. Try again later.
account-mails = Mail
account-mails-hint = When you are called by name, somebody answers in a thread you follow, or writes in a conversation with you, and you have not read it, we can tell you by mail. It is off until you choose: mail leaves this site and lies with your provider. Of conversations and channels by invitation it says who wrote, and not what.
account-mails-when = Tell me by mail
account-mails-off = never
account-mails-daily = once a day, at 8 in the morning
account-mails-soon = after a quarter of an hour
digests-title = No more mail about the chat?
digests-lead = Press the button, and we do not tell you by mail any more when somebody calls you. What was said stays in the chat.
digests-end = Send me no more of these mails
digests-ended = You get no more of these mails
digests-ended-lead = We still write when you sign in, register, or something is decided about you.
digests-account = Choose it again on your account’s page
