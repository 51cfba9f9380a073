mailbox-title = Das Postfach der Demo
mailbox-lead = Die Demo verschickt keine echte Post. Was auch immer an wen auch immer ginge, landet hier.
mailbox-empty = Noch wurde nichts verschickt. Mach mit oder melde dich an und komm dann wieder.
mailbox-open = Dem Link folgen
