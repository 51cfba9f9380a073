events-summary = { $title }, { $days }: ein virtuelles Treffen. Programm lesen, zusehen, mitreden.
events-from = ab { $time }
events-register = Dabei sein
events-enter = Hineingehen
events-registered = Du bist dabei
events-schedule = Zum Programm
events-watch = Aufzeichnungen ansehen
events-speakers = { $count ->
    [one] 1 Person auf der Bühne
   *[other] { $count } Vortragende
}
events-doors-open = { $count ->
    [one] Eine Tür steht offen
   *[other] { $count } Türen stehen offen
}
events-doors-closed = Die Bühnen
events-on-air = Jetzt live
events-on-air-between = Das Bild läuft; der nächste Beitrag beginnt bald.
events-now = Jetzt
events-until = bis
events-in = { $count } drin
events-closed = Im Moment geschlossen
events-quiet = Heute nichts mehr
events-then = Danach
events-next = Als Nächstes
events-whole-schedule = Das ganze Programm
events-about = Worum es geht
events-highlights = Nicht verpassen
events-chat = Der Chat schließt nie
events-chat-lead = Vor, zwischen und nach den Beiträgen: sag hallo, frag etwas oder lies einfach mit.
events-chat-open = Zum Chat
events-replay = Etwas verpasst?
events-replay-lead = { $count ->
    [one] Eine Aufzeichnung steht bereit.
   *[other] { $count } Aufzeichnungen stehen bereit.
}
events-replay-open = Zu den Aufzeichnungen
events-conduct = Verhaltensregeln
events-records = Die Beiträge werden aufgezeichnet und sind gleich nach ihrem Ende hier zu sehen. Der Chat gehört nicht zur Aufzeichnung.
events-records-not = Die Beiträge werden nicht aufgezeichnet.
events-empty = Das Programm entsteht noch
events-empty-advice = Schau bald wieder vorbei: Beiträge erscheinen hier, sobald sie feststehen.
events-more-doors = { $count ->
    [one] und ein weiterer Raum: zum Programm
   *[other] und { $count } weitere Räume: zum Programm
}
