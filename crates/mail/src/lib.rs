//! Mail by SMTP or into a mailbox folder.
