# Wer in einem Kanal ist.

presence-title = Wer in { $channel } ist
presence-here = { $count ->
    [one] 1 Person ist hier
   *[other] { $count } Leute sind hier
}
presence-who = Wer hier ist
presence-lead = Wer genannt werden möchte, und zuerst, wer gerade offen für ein Gespräch ist. Andere werden nur gezählt oder sind unsichtbar.
presence-nobody = Niemand, der hier ist, möchte genannt werden.
presence-own = Ob du genannt oder nicht einmal gezählt wirst, entscheidest du auf deiner Karte.
presence-more = Mehr
