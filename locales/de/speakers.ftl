speakers-title = Vortragende
speakers-one = Vortragende Person
speakers-at = Spricht bei { $title }
speakers-all = Alle Vortragenden
speakers-empty = Noch ist niemand angekündigt
speakers-empty-advice = Die Namen erscheinen hier zusammen mit dem Programm.
