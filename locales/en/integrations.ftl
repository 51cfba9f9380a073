integrations-title = Ways in and out
integrations-lead = What other programs may do here, and how the chat is taken along.
integrations-exports = The whole chat as a file
integrations-exports-lead = Every channel that you may read, as JSON lines and as pages to read. It is made in the background; the link is for you alone and works for seven days. Where somebody deletes their account, files made before are taken away; make a new one.
integrations-export-begin = Make the file
integrations-export-running = Being made
integrations-export-progress = Channels written
integrations-export-fetch = Download the chat
integrations-export-channels = { $count ->
    [one] 1 channel
   *[other] { $count } channels
}
