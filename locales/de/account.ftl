account-title = Dein Konto
account-profile = Profil
account-name = Anzeigename
account-name-hint = Steht neben dem, was du schreibst.
account-pronouns = Pronomen
account-pronouns-hint = Stehen neben deinem Namen, wenn du magst: sie/ihr, er/ihm.
account-zone = Zeitzone
account-zone-hint = Alle Zeiten erscheinen in ihr. Lass sie leer, um die Zeit der Veranstaltung zu sehen.
account-lang = Sprache
account-save = Speichern
account-events = Deine Veranstaltungen
account-events-none = Du bist noch bei keiner Veranstaltung dabei.
account-browsers = Wo du angemeldet bist
account-browsers-lead = Wenn du etwas davon nicht kennst, melde es ab.
account-browser-this = dieser Browser
account-browser-unknown = Ein Browser, den wir nicht kennen
account-since = seit
account-seen = zuletzt gesehen
account-sign-out = Abmelden
account-sign-out-everywhere = Überall abmelden
account-yours = Was dir gehört
account-yours-lead = Alles, was wir über dich haben, passt in eine Datei. Du kannst sie mitnehmen, und du kannst gehen.
account-export = Meine Daten herunterladen
account-delete = Mein Konto löschen
account-delete-title = Dein Konto löschen?
account-delete-lead = Das lässt sich nicht rückgängig machen. Es geschieht Folgendes:
account-delete-profile = Name, E-Mail-Adresse, Pronomen und Einstellungen werden jetzt gelöscht, und du wirst überall abgemeldet.
account-delete-registrations = { $count ->
    [0] Du bist bei keiner Veranstaltung dabei.
    [one] Deine Teilnahme wird entfernt.
   *[other] Deine { $count } Teilnahmen werden entfernt.
}
account-delete-messages = { $count ->
    [0] Du hast keine Nachrichten geschrieben.
    [one] Deine Nachricht verliert deinen Namen. Was mit ihren Worten geschieht, wählst du unten.
   *[other] Deine { $count } Nachrichten verlieren deinen Namen. Was mit ihren Worten geschieht, wählst du unten.
}
account-delete-backups = Sicherungen von vor heute ändern sich nicht; wer diese Seite betreibt, löscht sie mit der Zeit.
account-delete-export-first = Vorher meine Daten herunterladen
account-delete-sure = Ja, mein Konto und alles Genannte löschen.
account-delete-submit = Mein Konto löschen
account-delete-keep = Behalten
account-delete-words = Deine Nachrichten
account-delete-words-removed = Die Worte entfernen: Jede wird zu einem Strich.
account-delete-words-anonymous = Die Worte stehen lassen, ohne meinen Namen.
account-telling = Bescheid bekommen
account-telling-lead = Ein Hinweis in deinem Browser, auch wenn keine Seite offen ist: was dich beim Namen ruft, Gespräche mit dir und jede Nachricht in Kanälen, denen du genau folgst. Was stumm ist, bleibt stumm.
account-push-script = Dafür braucht es JavaScript.
account-push-impossible = Diese Seite erreicht die Push-Dienste der Browser nicht. Was neu ist, sagen die Seiten selbst.
account-push-browsers = { $count ->
    [one] 1 Browser bekommt Bescheid.
   *[other] { $count } Browser bekommen Bescheid.
}
account-push-off-all = Keinem mehr Bescheid geben
account-quiet = Ruhezeiten
account-quiet-begins = Ruhe von
account-quiet-ends = Ruhe bis
account-quiet-hint = In dieser Zeit wird nichts an deine Browser geschickt; es wartet im Chat als neu. Die Zeiten gelten in deiner Zeitzone, oder in der der Veranstaltung, solange du keine angegeben hast. Lass beides leer, um jederzeit Bescheid zu bekommen.
account-push-on = Diesem Browser Bescheid geben
account-push-off = Diesem Browser nicht mehr Bescheid geben
account-push-refused = Dein Browser lässt diese Seite nicht Bescheid geben. Seine Einstellungen für diese Seite können das ändern.
account-push-unable = Dieser Browser kann keinen Bescheid bekommen.
account-push-failed = Das hat nicht geklappt. Versuche es später noch einmal.
account-mails = E-Mail
account-mails-hint = Wenn dich jemand beim Namen ruft, in einem Faden antwortet, dem du folgst, oder dir in einer Unterhaltung schreibt, und du es nicht gelesen hast, können wir es dir per E-Mail sagen. Das ist aus, bis du es wählst: E-Mail verlässt diese Seite und liegt bei deinem Anbieter. Aus Unterhaltungen und Kanälen auf Einladung steht darin, wer geschrieben hat, und nicht, was.
account-mails-when = Sag es mir per E-Mail
account-mails-off = nie
account-mails-daily = einmal am Tag, um 8 Uhr früh
account-mails-soon = nach einer Viertelstunde
digests-title = Keine E-Mails mehr über den Chat?
digests-lead = Drück den Knopf, und wir sagen dir nicht mehr per E-Mail, wenn dich jemand ruft. Was gesagt wurde, bleibt im Chat.
digests-end = Keine solchen E-Mails mehr
digests-ended = Du bekommst keine solchen E-Mails mehr
digests-ended-lead = Wir schreiben dir weiter, wenn du dich anmeldest, teilnimmst, oder etwas über dich entschieden wird.
digests-account = Auf deiner Kontoseite wieder einschalten
