transparency-title = Wie auf das Miteinander geachtet wurde
transparency-lead = Was bei dieser Veranstaltung im letzten Jahr gemeldet und getan wurde.
transparency-reports = Meldungen
transparency-deeds = Was getan wurde
transparency-median = Von der Meldung bis zur Entscheidung dauerte es in der Mitte:
transparency-fewer = weniger als 5
transparency-method = Gezählt aus dem Protokoll und den Meldungen der Veranstaltung. Zahlen unter 5 werden nicht genannt, damit niemand darin zu erkennen ist.
