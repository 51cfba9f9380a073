# Die Live-Verbindung, wie die Inseln von ihr erzählen.

live-lost = Die Verbindung ist weg. Sie kommt von selbst wieder; was du schreibst, wird dann gesendet.
live-back = Die Verbindung ist wieder da.
live-viewers = { $count ->
    [0] noch niemand schaut zu
    [one] 1 Person schaut zu
   *[other] { $count } Personen schauen zu
}
