screening-title = Was für Nachrichten gilt
screening-lead = Für Moderierende gilt nichts davon. Alle anderen erfahren, was gilt und bis wann.
screening-newcomers = Neue
screening-newcomers-hint = Wer sich vor weniger als einer Stunde angemeldet hat, wartet zwischen zwei Nachrichten 5 Sekunden. Konten, die der Betrieb angelegt hat, sind nicht neu.
screening-hold-first = Die erste Nachricht von Neuen wartet auf die Moderation
screening-newcomers-link = Neue dürfen Links und Bilder schicken
screening-words = Unerwünschte Wörter
screening-words-hint = Ein Eintrag je Zeile, aus einem oder wenigen Wörtern. Gefunden werden ganze Wörter, gleich in welcher Schreibung und mit welchen Akzenten.
screening-then = Eine Nachricht mit einem davon
screening-then-hold = wartet auf die Moderation
screening-then-refuse = wird abgelehnt, und wer sie schrieb, erfährt es
screening-slow = Langsamer Modus
screening-slow-lead = Eine Pause zwischen zwei Nachrichten derselben Person in einem Kanal.
screening-channel = Kanal
screening-seconds = Sekunden
screening-seconds-hint = Bis zu 6 Stunden. Nichts oder 0 schaltet ihn aus.
screening-pause = { $count ->
    [one] 1 Sekunde
   *[other] { $count } Sekunden
}
