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
integrations-fresh-address = Die Adresse des Webhooks
integrations-fresh-token = Das neue Token
integrations-fresh-once = Kopiere es jetzt: Es wird nur dieses eine Mal gezeigt und nur als Prüfsumme aufbewahrt. Wer es hat, kann es benutzen.
integrations-used = zuletzt benutzt
integrations-never-used = nie benutzt
integrations-ends = endet
integrations-revoke = Widerrufen
integrations-hooks = Eingehende Webhooks
integrations-hooks-lead = Ein Programm schreibt über eine geheime Adresse in einen Kanal, in der Form, die es für Slack verwenden würde. Seine Nachrichten sind als die eines Webhooks gekennzeichnet.
integrations-hook-make = Webhook erstellen
integrations-hook-rotate = Neue Adresse
integrations-field-name = Name
integrations-field-name-hint = Damit sind seine Nachrichten gezeichnet, wenn sie keinen eigenen Namen mitbringen.
integrations-field-channel = Kanal
integrations-bots = Bots
integrations-bots-lead = Ein Bot liest und schreibt als er selbst, über die API und die Live-Verbindung. Jedes Token sagt, wofür es da ist; mehr gibt es nie. Nachrichten von Bots sind als solche gekennzeichnet.
integrations-field-bot = Name des Bots
integrations-bot-make = Bot erstellen
integrations-bot-retire = Diesen Bot und seine Tokens stilllegen
integrations-token-new = Ein neues Token für { $bot }
integrations-token-make = Token erstellen
integrations-token-channel = nur { $channel }
integrations-field-label = Wie es heißt
integrations-field-scopes = Wofür es da ist
integrations-field-days = Wie lange es gilt
integrations-scope-read-chat = Den Chat lesen
integrations-scope-write-chat = Im Chat schreiben und reagieren
integrations-scope-read-programme = Das Programm lesen
integrations-all-channels = Alle Kanäle der Veranstaltung
integrations-days = { $count ->
    [one] 1 Tag
   *[other] { $count } Tage
}
integrations-no-end = ohne Ende
integrations-fresh-secret = Das Geheimnis, mit dem er unterschreibt
integrations-outgoing = Ausgehende Webhooks
integrations-outgoing-lead = Eine Adresse von dir erfährt durch ein unterschriebenes POST, wenn in den gewählten Kanälen etwas gesagt wird oder wenn Beiträge beginnen und enden. Was nicht ankommt, wird etwa einen Tag lang wieder versucht. Kanäle werden nach außen weitergegeben: Sag das denen, die dort schreiben.
integrations-outgoing-make = Ausgehenden Webhook erstellen
integrations-field-url = Adresse
integrations-field-topics = Kanäle, deren Nachrichten er erfährt
integrations-told-sessions = Beiträge, die beginnen und enden
integrations-off = Abgeschaltet
integrations-off-by-itself = Er hat sich selbst abgeschaltet, weil drei Tage lang nichts ankam.
integrations-failing = Es kommt nichts an
integrations-rotating = Zwei Geheimnisse unterschreiben, bis du das alte beendest.
integrations-deliveries = Letzte Zustellungen
integrations-delivered = zugestellt
integrations-waiting = unterwegs
integrations-tries = { $count ->
    [one] nach 1 Versuch
   *[other] nach { $count } Versuchen
}
integrations-enable = Einschalten
integrations-disable = Abschalten
integrations-test = Test senden
integrations-new-secret = Neues Geheimnis
integrations-end-old = Altes Geheimnis beenden
integrations-delete = Löschen
integrations-slack = Einen Slack-Workspace mitbringen
integrations-slack-lead = Die öffentlichen Kanäle seines Exports werden hier zu Kanälen, mit Nachrichten, Zeiten und Namen. Die Menschen bekommen dadurch keine Konten; ihre Namen sind als importiert gekennzeichnet. Frag sie vorher. Ein weiterer Import ergänzt, was neu ist, und verdoppelt nichts.
integrations-slack-submit = Mitbringen
integrations-slack-channels = Kanäle
integrations-slack-messages = Nachrichten
integrations-slack-people = Namen
integrations-field-slack = Slack-Export
integrations-field-slack-hint = Die ZIP-Datei, wie Slack sie erstellt, bis 64 MB.
