-- Being told of what concerns one while no page is open.

-- Browsers that asked to be told, and where their push service takes messages.
-- Whoever signs out takes the browser with them.
CREATE TABLE push_subscription (
    id UUID PRIMARY KEY,
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    sign_in UUID NOT NULL REFERENCES sign_in (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX push_subscription_person ON push_subscription (person);
CREATE INDEX push_subscription_sign_in ON push_subscription (sign_in);

-- When somebody does not want to be told: minutes after their midnight.
CREATE TABLE quiet_hours (
    person UUID PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    begins BIGINT NOT NULL,
    ends BIGINT NOT NULL
);

-- Keys of the installation itself, made once: what was given out by them stays good.
CREATE TABLE server_key (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    created BIGINT NOT NULL
);

-- Asked with each message: who follows its channel closely.
CREATE INDEX follow_closely ON follow (channel, person) WHERE level = 'all';
