channels-title = Chat
channels-lead = Der Chat ist vor, zwischen und nach den Beiträgen offen.
channels-none = Noch keine Kanäle
channels-none-advice = Sie öffnen zusammen mit dem Programm.
channels-older = Ältere Nachrichten
channels-newest = Zurück zu den neuesten Nachrichten
channels-empty = Noch hat niemand etwas gesagt. Ein Hallo ist ein guter Anfang.
channels-gone = Jemand, der gegangen ist
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
