chat-exports-channel = Diesen Kanal als Datei mitnehmen
chat-exports-made = Erstellt
chat-exports-removed = Diese Nachricht wurde entfernt.
