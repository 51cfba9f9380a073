catch-up-title = Was habe ich verpasst?
catch-up-since = Seit du hier zuletzt gelesen hast:
catch-up-visitor = Melde dich an, damit dein Platz gemerkt wird
catch-up-quiet = Du hast alles gesehen
catch-up-quiet-advice = In den Kanälen, die du geöffnet hast, wurde nichts Neues gesagt, und das Programm ist, wie es war.
catch-up-said = Im Chat
catch-up-calls = ruft dich
catch-up-liked = { $count ->
    [one] 1 Reaktion
   *[other] { $count } Reaktionen
}
catch-up-more = In weiteren Kanälen gibt es Neues; es kommt hierher, wenn dies gelesen ist.
catch-up-read = All das als gelesen merken
catch-up-changed = Geändert im Programm
catch-up-recorded = Neue Aufnahmen
