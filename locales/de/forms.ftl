forms-optional = freiwillig
forms-summary = { $count ->
    [one] Eine Angabe passt noch nicht
   *[other] { $count } Angaben passen noch nicht
}
forms-missing = Bitte fülle dieses Feld aus.
forms-unticked = Bitte setze hier ein Häkchen, um weiterzukommen.
forms-too-long = Bitte kürze das auf { $count } Zeichen.
forms-unprintable = Bitte lass unsichtbare Zeichen weg.
forms-not-an-email = Das ist keine vollständige E-Mail-Adresse. Sie sieht aus wie name@example.org.
forms-not-a-zone = Diese Zeitzone kennen wir nicht. Versuche es mit Europe/Berlin oder UTC.
forms-not-a-day = Bitte gib das Datum als Jahr-Monat-Tag an, zum Beispiel 2026-02-06.
forms-last-before-first = Der letzte Tag liegt vor dem ersten.
forms-too-many-days = Eine Veranstaltung dauert höchstens { $count } Tage.
forms-slug-taken = Diese Adresse ist vergeben. { $free } ist frei.
forms-slug-reserved = Dieses Wort ist eine unserer eigenen Adressen. Bitte nimm ein anderes.
forms-not-a-slug = Bitte nur Kleinbuchstaben a bis z, Ziffern und Bindestriche.
forms-no-file = Bitte wähle eine Datei oder gib darunter eine Adresse an.
forms-nothing-chosen = Bitte wähle mindestens eines.
forms-not-offered = Bitte wähle etwas von dem, was angeboten wird.
forms-not-a-url = Das ist keine Webadresse. Sie beginnt mit https://
forms-nobody-so = Hier heißt niemand so, den du sehen kannst.
forms-several-so = Hier heißen mehrere so. Bitte gib die Adresse der richtigen Seite an.
forms-too-many-people = Ein Gespräch hat 2 bis { $count } Personen, dich eingeschlossen.
forms-not-languages = Bitte gib bis zu acht Kürzel aus zwei oder drei Buchstaben an, zum Beispiel: en de
forms-not-days = Bitte gib eine Zahl von Tagen bis { $count } an, oder 0 für nie.
forms-not-a-count = Bitte gib eine Zahl von 1 bis { $count } an.
forms-unreadable = Diese Datei konnten wir nicht lesen; es wurde nichts geändert. { $why }
forms-not-a-command = Diese Befehle gibt es: /me sagt, was du tust, /shrug endet mit einem Schulterzucken. Beginne mit //, um eine Zeile mit einem Schrägstrich am Anfang zu senden.
forms-ban-too-long = Moderierende schließen höchstens für 24 Stunden aus. Bitte wähle eine kürzere Zeit, oder überlass es der Organisation.
forms-too-many-words = Eine Wortliste hat höchstens 500 Zeilen mit je wenigen Wörtern.
forms-not-a-pause = Bitte gib eine Zahl von Sekunden an, bis 21.600.
forms-too-soon = { $count ->
    [one] Zwischen Nachrichten ist hier eine kleine Pause. Bitte schick sie in 1 Sekunde noch einmal.
   *[other] Zwischen Nachrichten ist hier eine kleine Pause. Bitte schick sie in { $count } Sekunden noch einmal.
}
forms-links-off = In deiner ersten Stunde kannst du hier keine Links schreiben. Bitte lass den Link weg, oder schick ihn später.
forms-images-off = In deiner ersten Stunde kannst du hier keine Bilder schicken. Bitte lass das Bild weg, oder schick es später.
forms-image-heavy = Ein Bild hat höchstens 8 MB. Bitte verkleinere es, oder speichere es als JPEG, und wähle deine Bilder noch einmal aus.
forms-image-large = Ein Bild hat höchstens 40 Millionen Pixel und 16.384 an einer Seite. Bitte verkleinere es, und wähle deine Bilder noch einmal aus.
forms-image-other = Bilder sind PNG-, JPEG-, WebP- oder GIF-Dateien. Bitte wähle deine Bilder noch einmal aus.
forms-image-damaged = Ein Bild ist beschädigt. Bitte speichere es neu, oder mach ein Bildschirmfoto davon, und wähle deine Bilder noch einmal aus.
forms-image-many = Eine Nachricht hat höchstens 4 Bilder. Bitte wähle noch einmal aus.
forms-image-alt = Eine Beschreibung hat höchstens 500 Zeichen. Bitte kürze sie, und wähle deine Bilder noch einmal aus.
forms-image-gone = Ein Bild ist nicht mehr da. Bitte wähle deine Bilder noch einmal aus.
forms-word-unwanted = Hier steht ein Wort, das hier nicht erwünscht ist. Bitte sag es anders.
forms-no-such-receipt = Zu diesem Beleg gibt es bei dieser Veranstaltung keine Meldung. Er hat 32 Buchstaben und Ziffern.
forms-not-hours = Gib zwei verschiedene Uhrzeiten an, wie 22:00 und 07:00, oder lass beide leer.
