# Sich um einen Kanal kümmern: Was er mit der Warteschlange der Veranstaltung teilt, steht in moderation.ftl.

wards-title = Um { $channel } kümmern
wards-lead = Du siehst Meldungen zu dem, was hier gesagt wurde, und entscheidest nur für diesen Kanal. Das Team der Veranstaltung sieht dasselbe, weiß, wer was gemeldet hat, und kann weiter gehen.
wards-here-alone = Was du hier entscheidest, gilt nur in diesem Kanal.
wards-calm = Diesen Kanal für 30 Minuten beruhigen
wards-calm-until = Dieser Kanal ist beruhigt bis
wards-standing = Was hier gerade gilt
wards-waiting = { $count ->
    [one] Eine Sache wartet hier
   *[other] { $count } Sachen warten hier
}
wards-after = Sich darum kümmern
wards-queue = Was hier wartet
wards-newcomers = Zurücknehmen, was Neue gesagt haben
