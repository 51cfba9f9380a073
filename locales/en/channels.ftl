channels-title = Chat
channels-lead = The chat is open before, between and after the sessions.
channels-none = No channels yet
channels-none-advice = They open together with the programme.
channels-older = Older messages
channels-newest = Back to the newest messages
channels-empty = Nobody has said anything yet. A hello is a good start.
channels-gone = Somebody who has left
channels-messages = { $count ->
    [one] 1 message
   *[other] { $count } messages
}
channels-quiet = quiet so far
channels-react = React
channels-say = Write to { $channel }
channels-send = Send
channels-sign-in = Sign in to write
channels-register = Register to write
channels-closed = This channel takes no new messages.
