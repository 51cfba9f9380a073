watch-title = Aufzeichnungen
watch-found = { $count ->
    [0] Keine Aufzeichnung passt.
    [one] Eine Aufzeichnung passt.
   *[other] { $count } Aufzeichnungen passen.
}
watch-empty = Noch keine Aufzeichnungen
watch-empty-advice = Ein Beitrag ist hier wenige Sekunden nach seinem Ende zu sehen.
watch-all = Alle Aufzeichnungen
