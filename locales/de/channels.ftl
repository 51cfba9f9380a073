channels-title = Chat
channels-lead = Der Chat ist vor, zwischen und nach den Beiträgen offen.
channels-none = Noch keine Kanäle
channels-none-advice = Sie öffnen zusammen mit dem Programm.
channels-older = Ältere Nachrichten
channels-newest = Zurück zu den neuesten Nachrichten
channels-empty = Noch hat niemand etwas gesagt. Ein Hallo ist ein guter Anfang.
channels-gone = Jemand, der gegangen ist
channels-kind-bot = Bot
channels-kind-webhook = Webhook
channels-kind-imported = importiert
channels-messages = { $count ->
    [one] 1 Nachricht
   *[other] { $count } Nachrichten
}
channels-quiet = noch still
channels-react = Reagieren
channels-say = Schreiben in { $channel }
channels-send = Senden
channels-sign-in = Anmelden, um zu schreiben
channels-register = Teilnehmen, um zu schreiben
channels-closed = Dieser Kanal nimmt keine neuen Nachrichten an.
channels-more = Mehr
channels-link = Link zu dieser Nachricht
channels-reply = Antworten
channels-reply-not = Niemandem antworten
channels-replying = Du antwortest { $name }:
channels-quoted-gone = Antwort auf eine entfernte Nachricht
channels-thread-open = Unterhaltung öffnen
channels-thread-title = Unterhaltung in { $channel }
channels-thread-back = Zurück zu { $channel }
channels-last-reply = zuletzt um
channels-also = Auch im Kanal zeigen
channels-image = Ein Bild
channels-image-undescribed = Ein Bild von { $name }, ohne Beschreibung
channels-image-without = Ein Bild ohne Beschreibung
channels-images-in = { $count ->
    [one] mit 1 Bild
   *[other] mit { $count } Bildern
}
channels-images-add = { $count ->
    [one] Ein Bild dazu
   *[other] Bis zu { $count } Bilder dazu
}
channels-images-hint = PNG, JPEG, WebP oder GIF (das erste Bild), je höchstens 8 MB. Was die Datei über Ort und Kamera sagt, bleibt weg.
channels-image-file = Bild { $count }
channels-image-alt = Was zu sehen ist, für alle, die es nicht sehen
channels-edit = Ändern
channels-edit-label = Die neuen Worte
channels-edit-save = Speichern
channels-edited = geändert
channels-remove = Entfernen
channels-remove-sure = Die Worte sind dann für immer fort.
channels-remove-yes = Jetzt entfernen
channels-removed-author = Diese Nachricht wurde von ihrer Autorin oder ihrem Autor entfernt.
channels-removed-moderator = Diese Nachricht wurde von der Moderation entfernt.
channels-pin = Oben anheften
channels-unpin = Nicht mehr anheften
channels-pinned = angeheftet
channels-edits = Was dort vorher stand
channels-edits-back = Zurück zu { $channel }
channels-edits-none = Sie wurde nie geändert.
channels-edits-until = bis
channels-edits-now = jetzt
channels-edits-by = Geschrieben von { $name }
channels-replies = { $count ->
    [one] 1 Antwort
   *[other] { $count } Antworten
}
channels-pins = { $count ->
    [one] 1 angeheftete Nachricht
   *[other] { $count } angeheftete Nachrichten
}
channels-moment = { $time } nach Beginn
channels-talk = Worum es hier geht, und die Aufzeichnung
channels-report = Melden
channels-moderate = Eingreifen
channels-muted = Du bist hier stummgeschaltet: Du kannst lesen, aber nicht schreiben.
channels-muted-why = Warum, bis wann, und wie du Einspruch erhebst
channels-held = Wartet auf die Moderation. Noch sieht es sonst niemand.
channels-held-refused = Die Moderation hat das nicht durchgelassen.
channels-waiting = Deine erste Zeile ist da. Weiter geht es, sobald jemand Ja gesagt hat.
channels-blocked = Eine Nachricht von jemandem, den du blockiert hast
channels-go-to-day = Zu einem Tag
channels-go = Los
channels-newer = Neuere Nachrichten
channels-new = Neu
channels-first-unread = { $count ->
    [one] Zu 1 ungelesenen Nachricht
   *[other] Zur ersten von { $count } ungelesenen Nachrichten
}
channels-unread = { $count ->
    [one] 1 neue
   *[other] { $count } neue
}
channels-mentions = { $count ->
    [one] ruft dich
   *[other] ruft dich { $count }-mal
}
channels-follow = Sag mir Bescheid bei
channels-follow-all = jeder Nachricht
channels-follow-mentions = allem, was mich ruft
channels-follow-nothing = nichts (stumm)
channels-follow-save = Merken
channels-alone = Den Chat allein öffnen
channels-with-site = Zurück zur ganzen Seite
channels-mark-unread = Ab hier als ungelesen merken
channels-options = Optionen
