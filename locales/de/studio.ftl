# Aus dem Browser auf die Bühne.

studio-title = Studio: { $stage }
studio-lead = Sende aus diesem Browser auf die Bühne, mit Kamera, Mikrofon oder Bildschirm. Bevor du „Live gehen“ drückst, wird nichts gesendet.
studio-needs = Zum Senden von dieser Seite braucht es JavaScript und eine Kamera, ein Mikrofon oder einen Bildschirm zum Teilen. Mit einem Streamingprogramm geht es ohne: Die Adresse dafür steht am Regieplatz.
studio-desk-link = Zum Regieplatz
studio-open = Aus diesem Browser senden
studio-heading = Dein Bild und Ton
studio-check = Kamera und Mikrofon prüfen
studio-go-live = Live gehen
studio-again = Erneut versuchen
studio-cancel = Abbrechen
studio-stop = Senden beenden
studio-mute = Mikrofon stumm
studio-hide = Bild verbergen
studio-live-mark = Live
studio-preview = Was du sendest, ohne den Ton
studio-hidden = Dein Bild ist verborgen.
studio-no-picture = Es gibt kein Bild.
studio-as-audience = Ansehen wie das Publikum (neuer Tab; nimm Kopfhörer)

# Wie es steht.

studio-idle = Es wird nichts gesendet.
studio-asking = Dein Browser fragt, ob diese Seite Kamera und Mikrofon benutzen darf. Erlaube beides.
studio-ready = Noch wird nichts gesendet. Sieh dir dein Bild an, sag etwas, und geh dann live.
studio-connecting = Die Bühne wird verbunden …
studio-live = Du bist live: Die Bühne zeigt dein Bild, und dein Ton ist zu hören.
studio-reconnecting = Die Verbindung ist abgerissen. Es wird von selbst erneut versucht; steht sie innerhalb von 30 Sekunden wieder, geht die Übertragung weiter.
studio-failed = Es wird nichts gesendet.
studio-taken = Auf diese Bühne sendet schon jemand. Sollst du übernehmen, drücke am Regieplatz „Ein anderes Programm übernehmen lassen“ und versuche es hier innerhalb einer Minute erneut.
studio-no-h264 = Dieser Browser kann kein H.264 senden, und die Bühne braucht es. Nimm einen aktuellen Chrome, Edge, Firefox oder Safari oder ein Streamingprogramm: Die Adresse dafür steht am Regieplatz.
studio-unreachable = Der Server war nicht zu erreichen. Prüfe deine Leitung und versuche es erneut.
studio-lost = Die Verbindung ist abgerissen und kam nicht innerhalb von 30 Sekunden zurück: Die Übertragung ist zu Ende. Prüfe deine Leitung und versuche es erneut.

# Kamera, Mikrofon und Bildschirm.

studio-camera = Kamera
studio-camera-n = Kamera { $number }
studio-camera-none = Keine Kamera
studio-microphone = Mikrofon
studio-microphone-n = Mikrofon { $number }
studio-microphone-none = Kein Mikrofon
studio-source = Was zu sehen ist
studio-source-camera = Kamera
studio-source-screen = Bildschirm
studio-level = Pegel des Mikrofons
studio-no-microphone = Kein Mikrofon ist gewählt: Es wird nichts zu hören sein.
studio-muted = Das Mikrofon ist stumm.
studio-silent = Vom Mikrofon kommt kein Ton. Ist es das richtige, und ist es eingeschaltet?
studio-dark = Es ist nichts zu sehen: Die Bühne bleibt schwarz. Wähle eine Kamera oder teile deinen Bildschirm.
studio-screen-ended = Der Bildschirm wird nicht mehr geteilt.
studio-camera-ended = Die Kamera ist weg. Schließe sie wieder an oder wähle eine andere.
studio-microphone-ended = Das Mikrofon ist weg. Schließe es wieder an oder wähle ein anderes.
studio-denied = Dein Browser lässt diese Seite Kamera oder Mikrofon nicht benutzen. Erlaube es über das Zeichen neben der Adresse und in den Einstellungen des Systems; versuche es dann erneut.
studio-missing = Eine solche Kamera oder ein solches Mikrofon wurde nicht gefunden. Schließe eins an oder wähle ein anderes.
studio-busy = Ein anderes Programm benutzt die Kamera oder das Mikrofon. Schließe es und versuche es erneut.
studio-unable = Dieser Browser gibt dieser Seite weder Kamera noch Mikrofon. Nimm einen aktuellen Browser und eine Adresse, die mit https beginnt, oder ein Streamingprogramm: Die Adresse dafür steht am Regieplatz.
