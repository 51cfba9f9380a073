speakers-title = Speakers
speakers-one = Speaker
speakers-at = Speaks at { $title }
speakers-all = All speakers
speakers-empty = Nobody is announced yet
speakers-empty-advice = Names appear here together with the programme.
