chat-exports-channel = Take this channel along as a file
chat-exports-made = Made
chat-exports-removed = This message was removed.
