# Was nur der Live-Chat sagt; was er mit der Seite teilt, steht in channels.ftl.

chat-messages = Nachrichten
chat-announcements = Neue Nachrichten
chat-aloud = Neue Nachrichten vorlesen
chat-keys = Pfeil hoch und runter gehen von Nachricht zu Nachricht, Pfeil rechts und links zu den Reaktionen und dem Menü einer Nachricht.
chat-write = Deine Nachricht
chat-write-hint = Eingabe sendet, Umschalt und Eingabe beginnen eine neue Zeile.
chat-characters-left = { $count ->
    [one] noch 1 Zeichen
   *[other] noch { $count } Zeichen
}
chat-sending = wird gesendet …
chat-not-sent-yet = noch nicht gesendet
chat-refused = Nicht gesendet. { $reason }
chat-refused-edit = Ändern
chat-loading = Lädt …
chat-here = { $count ->
    [one] 1 Person ist hier
   *[other] { $count } Personen sind hier
}
chat-older-failed = Die älteren Nachrichten ließen sich nicht laden. Versuch es noch einmal.
chat-new-messages = { $count ->
    [one] 1 neue Nachricht
   *[other] { $count } neue Nachrichten
}
chat-reaction = { $emoji } { $count }
chat-react-with = Mit { $emoji } reagieren
chat-copy-link = Link kopieren
chat-copied = Der Link ist kopiert.
chat-cancel = So lassen
chat-undo = Rückgängig
chat-removing = Diese Nachricht wird entfernt.
chat-newer = Neuere Nachrichten
chat-thread = Unterhaltung
chat-thread-root = Worum es hier geht
chat-thread-close = Unterhaltung schließen
chat-thread-failed = Die Unterhaltung ließ sich nicht laden. Versuch es noch einmal.
chat-announcements-thread = Neue Antworten in der Unterhaltung
chat-aloud-all = alle
chat-aloud-mentions = die mich rufen
chat-aloud-off = keine
chat-emoji = Emoji einsetzen
chat-emoji-put = { $emoji } einsetzen
chat-emoji-search = Emoji suchen
chat-emoji-none = Ein solches Emoji gibt es hier nicht.
chat-offers = Vorschläge
chat-commands = /me sagt, was du tust, /shrug endet mit einem Schulterzucken. Beginne mit //, um eine Zeile mit einem Schrägstrich am Anfang zu senden.
chat-no-command = Den Befehl /{ $word } gibt es nicht, deshalb wurde nichts gesendet. /help zählt auf, was es gibt; mit // am Anfang geht es als Worte hinaus.
chat-images = Bilder deiner Nachricht
chat-images-add = Bilder dazu
chat-images-most = Eine Nachricht hat höchstens 4 Bilder.
chat-images-wait = Deine Bilder sind noch nicht alle da. Warte einen Moment, oder entferne, was nicht ging.
chat-images-ready = { $ready } von { $count } Bildern fertig
chat-image-alt = Was Bild { $count } zeigt, für alle, die es nicht sehen
chat-image-sending = Wird geschickt
chat-image-remove = Bild { $count } entfernen
chat-image-again = Noch einmal
chat-image-heavy = Dieses Bild hat mehr als 8 MB. Verkleinere es, oder speichere es als JPEG.
chat-image-other = Das lässt sich hier nicht zeigen. Schick PNG, JPEG, WebP oder GIF mit höchstens 40 Millionen Pixeln.
chat-image-new = In deiner ersten Stunde kannst du hier keine Bilder schicken. Schick es später.
chat-image-often = Du hast in kurzer Zeit viele Bilder geschickt. Warte eine Weile.
chat-image-failed = Es kam nicht an.
chat-image-closed = Du kannst hier gerade keine Bilder schicken.
chat-person = Wer { $name } ist
chat-writing-one = { $name } schreibt …
chat-writing-two = { $name } und { $other } schreiben …
chat-writing-several = Mehrere schreiben …
chat-names-failed = Die Namen ließen sich nicht laden.
chat-nobody-named = Niemand, der hier ist, möchte genannt werden.
chat-open-to-talk = offen für ein Gespräch
chat-all-here = Alle, die genannt werden möchten
chat-about-names = Selbst genannt werden, oder unsichtbar sein
