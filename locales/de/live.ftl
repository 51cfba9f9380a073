# Die Live-Verbindung, wie die Inseln von ihr erzählen.

live-lost = Die Verbindung ist weg. Sie kommt von selbst wieder; was du schreibst, wird dann gesendet.
live-back = Die Verbindung ist wieder da.
