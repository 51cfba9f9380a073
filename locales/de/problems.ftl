problems-home = Zur Startseite
problems-to-event = Zu { $title }
problems-request = Wenn du nachfragst, nenne diese Nummer: { $id }
problems-retry-seconds = { $count ->
    [one] Bitte versuche es in einer Sekunde noch einmal.
   *[other] Bitte versuche es in { $count } Sekunden noch einmal.
}
problems-retry-minutes = { $count ->
    [one] Bitte versuche es in einer Minute noch einmal.
   *[other] Bitte versuche es in { $count } Minuten noch einmal.
}
problems-not-found = Hier ist keine Tür
problems-not-found-advice = Vielleicht ist die Adresse vertippt, oder was hier war, ist umgezogen. Falls eine Anmeldung nötig ist, melde dich zuerst an.
problems-sign-in-needed = Bitte melde dich zuerst an
problems-sign-in-needed-advice = Diese Seite ist für angemeldete Menschen.
problems-forbidden = Diese Tür bleibt zu
problems-forbidden-advice = Deine Rollen öffnen sie nicht. Wenn sie es sollten, frag jemanden von der Organisation.
problems-invalid = Etwas passt nicht
problems-invalid-advice = Bitte geh zurück, sieh deine Angaben durch und sende sie noch einmal.
problems-conflict = Das hat sich inzwischen geändert
problems-conflict-advice = Jemand war schneller. Geh zurück, lade die Seite neu und sieh noch einmal nach.
problems-too-large = Das ist zu groß
problems-too-large-advice = Bitte sende etwas Kleineres. Programmdateien dürfen bis zu 50 MB haben.
problems-too-many = Etwas zu schnell
problems-too-many-advice = Das wurde in kurzer Zeit oft versucht. Nichts ist verloren; warte einen Moment.
problems-link-spent = Dieser Link gilt nicht mehr
problems-link-spent-advice = Er wurde benutzt, oder seine 15 Minuten sind vorbei. Lass dir einen neuen schicken.
problems-wrong-origin = Das kam von einer anderen Seite
problems-wrong-origin-advice = Zu deiner Sicherheit wurde es nicht ausgeführt. Öffne die Seite hier und versuche es noch einmal.
problems-unavailable = Im Moment nicht geöffnet
problems-unavailable-advice = Dieser Teil ist ausgelastet oder wird gerade gepflegt. Der Rest der Seite geht vermutlich.
problems-too-far-ahead = So weit ist es noch nicht
problems-too-far-ahead-advice = Diesen Teil des Streams gibt es noch nicht. Lade die Seite neu.
problems-internal = Bei uns ist etwas kaputtgegangen
problems-internal-advice = Es liegt nicht an dir, und wir haben es notiert. Bitte versuche es gleich noch einmal.
problems-muted = Du bist hier stummgeschaltet
problems-muted-advice = Du kannst lesen, aber nicht schreiben. Die Seite „Verhaltenskodex“ der Veranstaltung sagt warum, und wie du Einspruch erhebst.
problems-banned = Du bist von dieser Veranstaltung ausgeschlossen
problems-banned-advice = Die Seite „Verhaltenskodex“ der Veranstaltung sagt warum, und wie du Einspruch erhebst.
problems-until = Das gilt bis
problems-held = Deine Nachricht wartet auf die Moderation
problems-held-advice = Sie erscheint, sobald sie durchgelassen wird.
problems-links-off = Links sind in deiner ersten Stunde aus
problems-links-off-advice = Lass den Link weg, oder schick ihn später.
problems-images-off = Bilder sind in deiner ersten Stunde aus
problems-images-off-advice = Lass das Bild weg, oder schick es später.
problems-word-unwanted = Hier steht ein Wort, das nicht erwünscht ist
problems-word-unwanted-advice = Bitte sag es anders.
