mails-hello = Hallo,
mails-hello-name = Hallo { $name },
mails-sign-in-subject = Dein Link zu { $community }
mails-sign-in-why = jemand, hoffentlich du, möchte sich mit dieser Adresse anmelden.
mails-sign-in-button = Anmelden
mails-link-once = Der Link gilt einmal und { $minutes } Minuten lang.
mails-not-you = Wenn du das nicht warst, ignoriere diese Nachricht einfach; dann geschieht nichts.
mails-days-zone = { $days } ({ $zone })
mails-registration-subject = { $title }: bitte bestätigen
mails-registration-why = gleich bist du dabei: { $title }, { $days }.
mails-registration-calendar = Die angehängte Datei trägt es in deinen Kalender ein.
mails-registration-button = Bestätigen und hereinkommen
mails-registration-page = Die Seite der Veranstaltung: { $url }
mails-conduct-decided = Zu deinem Verhalten bei { $title }
mails-conduct-lifted = Eine Entscheidung über dich bei { $title } wurde aufgehoben
mails-conduct-appeal = Dein Einspruch bei { $title }
mails-conduct-report = Deine Meldung bei { $title }
mails-conduct-thanks = Danke, dass du uns Bescheid gesagt hast.
mails-conduct-button = Auf der Seite lesen
mails-conduct-appeal-way = Auf dieser Seite kannst du Einspruch erheben. Jemand anderes als die Person, die entschieden hat, sieht es sich noch einmal an.
mails-digest-one = { $name } hat dich in { $channel } gerufen
mails-digest-direct = { $name } hat dir geschrieben
mails-digest-many = { $count ->
    [one] 1 Nachricht ruft dich
   *[other] { $count } Nachrichten rufen dich
}
mails-digest-why = das wurde dir gesagt, während du weg warst:
mails-digest-conversation = Eine Unterhaltung bei { $event }
mails-digest-inside = Was darin steht, liest du dort.
mails-digest-read = An ihrem Ort lesen
mails-digest-more = Es gibt noch mehr. Alles steht auf der Seite „Was habe ich verpasst“ im Chat.
mails-digest-asked = Du bekommst diese E-Mail, weil du sie auf deiner Kontoseite gewählt hast.
mails-digest-settings = Ändern, wann du sie bekommst:
mails-digest-off = Keine solchen E-Mails mehr:
