rehearsal-title = Probe
rehearsal-lead = Wie wird es sein, wenn Hunderte in der Lobby sind? Lass erfundene Gäste kommen: Sie lesen Seiten, reden und reagieren im Kanal der Veranstaltung, gehen und kommen wieder. Sind sie fort, siehst du, wie lange sie warten mussten.
rehearsal-unmarked = Diese Veranstaltung ist nicht als Probe gekennzeichnet
rehearsal-unmarked-advice = Die Gäste schreiben Erfundenes, darum kommen sie nur, wo nichts echt ist. Wähle zuerst in den Einstellungen „{ $tick }“ aus, und wieder ab, bevor echte Gäste kommen.
rehearsal-to-settings = Zu den Einstellungen
rehearsal-busy = Eine andere Veranstaltung auf diesem Server probt gerade
rehearsal-busy-advice = Ein Server spielt immer nur eine Probe. Diese kann beginnen, wenn die andere zu Ende ist, spätestens in einer halben Stunde.
rehearsal-refused = Es läuft schon eine Probe, darum wurde keine weitere begonnen.
rehearsal-field-people = Gäste
rehearsal-field-people-hint = Von 1 bis { $count }. Sie kommen nach und nach.
rehearsal-field-minutes = Minuten
rehearsal-field-minutes-hint = Von 1 bis { $count }. Sie endet von selbst.
rehearsal-start = Probe beginnen
rehearsal-stop = Beenden
rehearsal-look-again = Noch einmal nachsehen
rehearsal-now = Die Probe läuft
# $people: guests in words, $length: minutes in words
rehearsal-asked = { $people }, { $length }
rehearsal-guests = { $count ->
    [one] 1 Gast
   *[other] { $count } Gäste
}
rehearsal-preparing = Die Gäste bekommen ihre Konten: { $ready } von { $people }
rehearsal-playing = { $elapsed } von { $total } Minuten
rehearsal-ending = Die Gäste gehen …
rehearsal-last = Die letzte Probe
rehearsal-clean = Alles ging gut: Nichts ging verloren, nichts ging schief.
rehearsal-unclean = Nicht alles ging gut. Sieh nach, was verloren ging oder schiefging.
rehearsal-stopped = Vor dem Ende abgebrochen
rehearsal-failed = Sie konnte nicht gespielt werden.
rehearsal-here = Jetzt da
rehearsal-comings = Gekommen
rehearsal-goings = Gegangen
rehearsal-messages = Nachrichten
rehearsal-reactions = Reaktionen
rehearsal-gaps = Verloren
rehearsal-errors = Fehler
rehearsal-unconfirmed = { $count ->
    [one] 1 ohne Bestätigung
   *[other] { $count } ohne Bestätigung
}
rehearsal-slowest-page = Langsamste Seite
rehearsal-slowest-join = Langsamster Beitritt
rehearsal-slowest-delivery = Langsamste Nachricht
rehearsal-pages = Seiten
rehearsal-joins = Beitritte
rehearsal-deliveries = Gehörte Nachrichten
rehearsal-of-these-returns = { $joins }, davon { $returns } Rückkehrende
rehearsal-median = Die Hälfte in
rehearsal-99 = 99 von 100 in
rehearsal-slowest = Langsamste
rehearsal-ms = { $ms } ms
rehearsal-method = Ein Beitritt dauert von der Frage nach den neuesten Nachrichten, bis die Live-Verbindung steht; eine Nachricht vom Absenden, bis jeder Gast, der da ist, sie hört. Verloren ist, was doppelt, in falscher Folge oder gar nicht kam. Die Gäste laufen auf der Maschine des Servers und teilen sich ihre Kraft mit ihm: Mit echten Leuten geht es schneller.
rehearsal-kept = Dieser Bericht bleibt bis zur nächsten Probe dieser Veranstaltung und geht verloren, wenn der Server neu startet.
