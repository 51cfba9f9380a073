# Mails zu einem fehlenden Konto oder einer Anmeldung im angemeldeten Browser.
mails-no-account-subject = Bei { $community } hat noch niemand diese Adresse
mails-no-account-why = Jemand, wahrscheinlich du, wollte sich mit dieser E-Mail-Adresse anmelden. Es gibt dazu kein Konto. Um eines zu bekommen, öffne die Veranstaltung, die du besuchen möchtest, und registriere dich mit deinem Namen und dieser Adresse.
mails-no-account-button = Veranstaltungen ansehen
mails-registered-subject = Du bist registriert: { $title }
mails-registered-why = Dein Platz bei { $title } steht: { $days }.
mails-registered-button = Zur Veranstaltung
