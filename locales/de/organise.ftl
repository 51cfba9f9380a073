organise-title = Organisieren
organise-overview = Überblick
organise-import = Programm einlesen
organise-settings = Einstellungen
organise-needs = Braucht eine Hand
organise-needs-none = Nichts. Alles ist gut.
organise-need-programme = Es gibt noch kein Programm.
organise-need-key = { $stage } hat noch keinen Streamschlüssel, also kann niemand dorthin senden.
organise-need-registration = Die Teilnahme ist geschlossen: Niemand kann neu dazukommen.
organise-open-desk = Zum Regieplatz
organise-glance = Auf einen Blick
organise-registrations = Dabei
organise-sessions = Beiträge
organise-speakers = Vortragende
organise-rooms = Räume
organise-tracks = Reihen
organise-recordings = Aufzeichnungen
organise-unplaced = { $count ->
    [one] 1 ohne Zeit oder Raum
   *[other] { $count } ohne Zeit oder Raum
}
organise-stages = Bühnen
organise-stages-none = Bühnen erscheinen mit den Räumen des Programms.
organise-new = Neue Veranstaltung
organise-new-lead = Drei Antworten genügen. Alles lässt sich später ändern.
organise-new-submit = Veranstaltung anlegen
organise-field-title = Titel
organise-field-title-hint = So, wie er an der Tür stehen soll.
organise-field-first = Erster Tag
organise-field-last = Letzter Tag
organise-field-zone = Zeitzone
organise-field-zone-hint = Wo das Programm gemacht wird. Wer liest, sieht die eigene Zeit.
organise-field-slug = Adresse
organise-field-slug-hint = Der letzte Teil der Webadresse. Bleibt das Feld leer, bilden wir sie aus dem Titel.
organise-import-lead = Wir lesen Programme von frab, pentabarf und c3voc als XML oder JSON. Erneutes Einlesen ändert nur, was neu ist, und verdoppelt nichts.
organise-import-submit = Einlesen
organise-field-file = Programmdatei
organise-field-file-hint = XML oder JSON, bis 50 MB.
organise-field-url = Oder ihre Webadresse
organise-field-url-hint = Wir rufen sie einmal ab, jetzt gleich.
organise-field-file-zone = Zeitzone der Datei
organise-field-file-zone-hint = Nur wenn die Datei selbst keine nennt.
organise-report = Was das Einlesen getan hat
organise-report-new = Neu
organise-report-changed = Geändert
organise-report-unchanged = Gleich
organise-report-removed = Entfernt
organise-report-clean = Alles war eindeutig.
organise-report-warnings = Einen Blick wert
organise-report-more = { $count ->
    [one] und 1 weiterer Hinweis
   *[other] und { $count } weitere Hinweise
}
organise-set-open = Wer hereindarf
organise-set-registration = Die Teilnahme ist offen
organise-set-guests-watch = Gäste dürfen ohne Teilnahme zusehen
organise-set-guests-read = Gäste dürfen den Chat lesen
organise-set-rehearsing = Probe
organise-set-rehearsal = Diese Veranstaltung ist eine Probe
organise-set-rehearsal-hint = Wer den Server betreibt, darf sie mit erfundenen Gästen füllen (hallway rehearse). Vor den ersten echten Gästen wieder abwählen.
organise-set-recording = Aufzeichnung
organise-set-records = Beiträge aufzeichnen
organise-set-records-hint = Das Publikum erfährt es. Wo Vortragende Nein gesagt haben, wird nie aufgezeichnet.
