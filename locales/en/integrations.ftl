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
integrations-fresh-address = The webhook’s address
integrations-fresh-token = The new token
integrations-fresh-once = Copy it now: it is shown this once and kept only as a digest. Whoever has it can use it.
integrations-used = last used
integrations-never-used = never used
integrations-ends = ends
integrations-revoke = Revoke
integrations-hooks = Incoming webhooks
integrations-hooks-lead = A program posts messages into a channel by a secret address, in the form it would use for Slack. Its messages are marked as a webhook’s.
integrations-hook-make = Make a webhook
integrations-hook-rotate = New address
integrations-field-name = Name
integrations-field-name-hint = Its messages are signed with it, unless they bring a name of their own.
integrations-field-channel = Channel
integrations-bots = Bots
integrations-bots-lead = A bot reads and writes as itself, through the API and the live connection. Each token says what it is for; a token never gives more. Messages of bots are marked as such.
integrations-field-bot = Name of the bot
integrations-bot-make = Make a bot
integrations-bot-retire = Retire this bot and its tokens
integrations-token-new = A new token for { $bot }
integrations-token-make = Make a token
integrations-token-channel = only { $channel }
integrations-field-label = What it is called
integrations-field-scopes = What it is for
integrations-field-days = How long it works
integrations-scope-read-chat = Read the chat
integrations-scope-write-chat = Write and react in the chat
integrations-scope-read-programme = Read the programme
integrations-all-channels = All channels of the event
integrations-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
integrations-no-end = without an end
integrations-fresh-secret = The secret it signs with
integrations-outgoing = Outgoing webhooks
integrations-outgoing-lead = An address of yours is told by a signed POST when something is said in the channels you choose, or when sessions start and end. What does not get through is tried again for about a day. Channels are told to the outside world: say so to those who write there.
integrations-outgoing-make = Make an outgoing webhook
integrations-field-url = Address
integrations-field-topics = Channels whose messages it is told
integrations-told-sessions = Sessions that start and end
integrations-off = Switched off
integrations-off-by-itself = It switched itself off, because nothing got through for three days.
integrations-failing = Nothing gets through
integrations-rotating = Two secrets sign until you end the old one.
integrations-deliveries = Last deliveries
integrations-delivered = delivered
integrations-waiting = on its way
integrations-tries = { $count ->
    [one] after 1 try
   *[other] after { $count } tries
}
integrations-enable = Switch on
integrations-disable = Switch off
integrations-test = Send a test
integrations-new-secret = New secret
integrations-end-old = End the old secret
integrations-delete = Delete
integrations-slack = Bring a Slack workspace along
integrations-slack-lead = The public channels of its export become channels here, with their messages, times and names. People get no accounts by it; their names are marked as imported. Ask them before. Importing again adds what is new and doubles nothing.
integrations-slack-submit = Bring it along
integrations-slack-channels = Channels
integrations-slack-messages = Messages
integrations-slack-people = Names
integrations-field-slack = Slack export
integrations-field-slack-hint = The ZIP file as Slack makes it, up to 64 MB.
