mailbox-title = The demo’s mailbox
mailbox-lead = The demo sends no real mail. Whatever would be mailed, to anyone, lands here.
mailbox-empty = Nothing has been mailed yet. Register or sign in, then come back.
mailbox-open = Follow its link
