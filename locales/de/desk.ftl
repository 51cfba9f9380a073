desk-title = Regie: { $stage }
desk-stages = Regieplätze
desk-now = Jetzt und gleich
desk-live = Läuft
desk-next = Danach
desk-planned-end = geplant bis
desk-nothing-live = Nichts läuft. Starte einen Beitrag, wenn seine Leute bereit sind.
desk-start = Starten
desk-start-again = Erneut starten
desk-end = Beenden
desk-ended = beendet
desk-show = Ablauf
desk-show-empty = Heute ist hier nichts geplant.
desk-as-audience = Ansehen wie das Publikum
desk-health = Was ankommt
desk-health-off = Niemand sendet ein Bild.
desk-health-good = Bild und Ton kommen an, wie sie sollen.
desk-health-trouble = Hier fehlt eine Hand:
desk-picture = Bild
desk-sound = Ton
desk-rate = Rate
desk-keyframes = Keyframes alle
desk-encoder = Programm
desk-recording = Aufzeichnung
desk-recording-on = läuft
desk-recording-off = läuft nicht
desk-seconds = { $seconds } s
desk-kbps = { $kbps } kbit/s
desk-audience-latency = Verzug beim Publikum
desk-audience-stalled = Stand still, letzte Minute
desk-spread = { $half } s bei der Hälfte, höchstens { $most } s bei 95 %
desk-records = Diese Veranstaltung zeichnet ihre Beiträge auf, außer wo Vortragende Nein gesagt haben.
desk-records-not = Diese Veranstaltung zeichnet nicht auf.
desk-problem-video-codec = Das Bild kommt als { $codec }, das können Browser nicht abspielen. Stelle dein Programm auf H.264.
desk-problem-audio-codec = Der Ton kommt als { $codec }, das können Browser nicht abspielen. Stelle dein Programm auf AAC.
desk-problem-keyframe-interval = Zwischen Keyframes liegen { $seconds } s. Stelle den Keyframe-Abstand deines Programms auf 2 s; über 4 s wartet das Publikum und Schnitte kommen zu spät.
desk-problem-no-video = Seit dein Programm verbunden ist, kam kein Bild. Ist eine Szene mit Quelle aktiv?
desk-problem-no-audio = Seit dein Programm verbunden ist, kam kein Ton. Ist das richtige Mikrofon gewählt und nicht stumm?
desk-problem-silent = Seit { $seconds } s kommt nichts mehr. Die Bühne zeigt das letzte Bild; prüfe die Leitung des sendenden Rechners.
desk-problem-away = Das sendende Programm ist weg: Prüfe seinen Rechner und dessen Leitung. Kommt es innerhalb von { $seconds } s zurück, geht die Übertragung weiter.
desk-problem-setup = Das Programm beschreibt seinen Stream falsch ({ $reason }). Beende es und starte es neu; hilft das nicht, nimm einen anderen Encoder.
desk-problem-damaged = { $count ->
    [one] Ein Bild kam beschädigt an und wurde ausgelassen. Prüfe die Leitung des sendenden Rechners.
   *[other] { $count } Bilder kamen beschädigt an und wurden ausgelassen. Prüfe die Leitung des sendenden Rechners.
}
desk-problem-sample-rate = Der Ton kommt mit { $hz } Hz, die manche Geräte umrechnen müssen. Stelle dein Programm auf 48 kHz.
desk-problem-b-frames = Bilder warten { $ms } ms auf andere, die vor ihnen gezeigt werden. Stelle dein Programm auf zwei B-Frames oder keine; um so viel näher ist das Publikum dran.
desk-problem-refused = Eben wollte ein anderes Programm mit diesem Schlüssel senden und wurde abgewiesen. Soll es übernehmen, sag es unter „So sendest du“.
desk-problem-recording-gap = { $count ->
    [one] Die Festplatte kam nicht mit: ein Stück fehlt in der Aufzeichnung.
   *[other] Die Festplatte kam nicht mit: { $count } Stücke fehlen in der Aufzeichnung.
}
desk-keys = So sendest du
desk-keys-lead = In OBS: Einstellungen, Stream, Plattform „Benutzerdefiniert“. Trage diese beiden ein und starte den Stream.
desk-server = Server
desk-key = Streamschlüssel
desk-whip = Für WHIP, mit dem Schlüssel als Bearer-Token
desk-key-once = Kopiere ihn jetzt: zur Sicherheit wird er nur dieses eine Mal gezeigt.
desk-key-kept = Es gibt einen. Er wurde beim Anlegen gezeigt und kann nicht noch einmal gezeigt werden.
desk-key-none = Es gibt noch keinen.
desk-key-make = Streamschlüssel anlegen
desk-takeover = Ein anderes Programm übernehmen lassen
desk-takeover-hint = Das nächste Programm oder der nächste Browser, der innerhalb einer Minute sendet, tritt an die Stelle dessen, was jetzt sendet. Die Übertragung geht weiter.
desk-key-rotate = Neuen Schlüssel anlegen
desk-key-sure = Der alte Schlüssel gilt sofort nicht mehr, und wer mit ihm sendet, wird getrennt.
