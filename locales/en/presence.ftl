# Who is in a channel.

presence-title = Who is in { $channel }
presence-here = { $count ->
    [one] 1 person is here
   *[other] { $count } people are here
}
presence-who = Who is here
presence-lead = Those who want to be named, and first those who are open to talk now. Others are counted, or invisible.
presence-nobody = Nobody who is here wants to be named.
presence-own = You decide in your own card whether you are named, or not even counted.
presence-more = More
