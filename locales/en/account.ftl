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
