//! LL-HLS: segmenter, playlists, live window and recording.
