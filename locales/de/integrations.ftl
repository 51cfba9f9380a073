integrations-title = Wege hinein und hinaus
integrations-lead = Was andere Programme hier dürfen, und wie der Chat mitgenommen wird.
integrations-exports = Der ganze Chat als Datei
integrations-exports-lead = Jeder Kanal, den du lesen darfst, als JSON-Zeilen und als Seiten zum Lesen. Die Datei entsteht im Hintergrund; der Link ist nur für dich und gilt sieben Tage. Löscht jemand sein Konto, werden vorher erstellte Dateien entfernt; erstelle dann eine neue.
integrations-export-begin = Datei erstellen
integrations-export-running = Wird erstellt
integrations-export-progress = Geschriebene Kanäle
integrations-export-fetch = Chat herunterladen
integrations-export-channels = { $count ->
    [one] 1 Kanal
   *[other] { $count } Kanäle
}
