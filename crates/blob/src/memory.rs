//! Blobs in memory, for tests and for what need not outlive the process.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};

use crate::{BlobError, Key};

#[derive(Debug, Default)]
pub struct Memory {
    blobs: Mutex<BTreeMap<Key, Bytes>>,
}

impl Memory {
    fn blobs(&self) -> MutexGuard<'_, BTreeMap<Key, Bytes>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, key: &Key, parts: &[Bytes]) {
        let whole = match parts {
            [one] => one.clone(),
            many => {
                let mut whole = BytesMut::with_capacity(many.iter().map(Bytes::len).sum());
                many.iter().for_each(|part| whole.extend_from_slice(part));
                whole.freeze()
            }
        };
        self.blobs().insert(key.clone(), whole);
    }

    pub(crate) fn get(&self, key: &Key) -> Result<Bytes, BlobError> {
        self.blobs()
            .get(key)
            .cloned()
            .ok_or_else(|| BlobError::NotFound(key.clone()))
    }

    pub(crate) fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes, BlobError> {
        let whole = self.get(key)?;
        if range.start > range.end || range.end > whole.len() as u64 {
            return Err(BlobError::OutOfRange(key.clone()));
        }
        Ok(whole.slice(range.start as usize..range.end as usize))
    }

    pub(crate) fn list(&self, prefix: &Key) -> Vec<Key> {
        self.blobs()
            .keys()
            .filter(|key| key.is_under(prefix))
            .cloned()
            .collect()
    }

    pub(crate) fn delete(&self, prefix: &Key) {
        self.blobs().retain(|key, _| !key.is_under(prefix));
    }
}
