stages-at = Eine Bühne von { $title }: zusehen und mitreden.
stages-on-air = Die Bühne ist live.
stages-dark = Die Bühne ist im Moment dunkel.
stages-playlist = Den Stream in einem Videoprogramm öffnen
stages-player-needs = Zum Abspielen braucht diese Seite JavaScript. Derselbe Stream läuft in VLC, mpv oder Safari.
stages-register-first = Diese Bühne steht allen offen, die dabei sind.
stages-nothing = Hier ist gerade nichts geplant.
stages-next = Danach
stages-left = { $count ->
    [one] noch 1 Minute
   *[other] noch { $count } Minuten
}
stages-viewers = { $count ->
    [one] 1 Person sieht zu
   *[other] { $count } sehen zu
}
stages-recording = Wird aufgezeichnet
stages-recording-why = Dieser Beitrag wird aufgezeichnet: Bild, Ton und Folien, nie der Chat oder wer zusieht.
stages-panel = Neben der Bühne
stages-chat = Chat
stages-about = Worum es geht
stages-later = Später auf dieser Bühne
stages-other = Die anderen Türen
