schedule-title = Programm
schedule-lead = { $count ->
    [one] Ein Beitrag, in deiner Zeitzone.
   *[other] { $count } Beiträge, in deiner Zeitzone.
}
schedule-zone = Zeiten in { $zone }.
schedule-zone-yours = Die Zeiten sind deine, in { $zone }.
schedule-zone-change = Ändern
schedule-days = Tage
schedule-all-days = Alle Tage
schedule-views = Ansichten
schedule-by-day = Nach Zeit
schedule-by-track = Nach Reihe
schedule-by-list = Als Liste
schedule-filter = Suchen und filtern
schedule-search = Wörter
schedule-track = Reihe
schedule-room = Raum
schedule-kind = Art
schedule-language = Sprache
schedule-any = Alle
schedule-apply = Anzeigen
schedule-chosen = Gewählte Filter
schedule-remove = (diesen Filter entfernen)
schedule-clear = Alle entfernen
schedule-found = { $count ->
    [0] Kein Beitrag passt.
    [one] Ein Beitrag passt.
   *[other] { $count } Beiträge passen.
}
schedule-now-next = Jetzt und gleich
schedule-now = Jetzt
schedule-next = Gleich
schedule-more = und { $count } weitere
schedule-grid = Beiträge des Tages nach Raum und Zeit
schedule-unplaced = Zeit oder Raum folgt
schedule-no-track = Ohne Reihe
schedule-nothing = Nichts passt
schedule-nothing-advice = Versuche es mit weniger Wörtern oder einem anderen Tag.
schedule-empty = Das Programm entsteht noch
schedule-empty-advice = Beiträge erscheinen hier, sobald die Organisation sie veröffentlicht.
schedule-take = Zum Mitnehmen:
