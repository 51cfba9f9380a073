home-lead = Vorträge, Menschen und der Flur dazwischen.
home-create = Veranstaltung anlegen
home-live = Jetzt geöffnet
home-upcoming = Demnächst
home-past = Zum Nachsehen
home-stages-live = { $count ->
    [one] 1 Bühne live
   *[other] { $count } Bühnen live
}
home-recordings = { $count ->
    [one] 1 Aufzeichnung
   *[other] { $count } Aufzeichnungen
}
home-empty = Im Flur ist es noch dunkel
home-empty-create = Lege die erste Veranstaltung an: Titel, Tage und Zeitzone genügen.
home-empty-visitor = Hier gibt es noch keine Veranstaltung. Wer organisiert, meldet sich an und legt eine an.
