# Mails about an account that is missing, or a registration made while signed in.
mails-no-account-subject = Nobody at { $community } has this address yet
mails-no-account-why = Somebody, probably you, asked to sign in with this e-mail address. There is no account with it. To get one, open the event you want to attend and register with your name and this address.
mails-no-account-button = See the events
mails-registered-subject = You are registered: { $title }
mails-registered-why = Your place at { $title } is yours: { $days }.
mails-registered-button = Open the event
