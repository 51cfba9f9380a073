//! Page and mail contexts with samples, templates and translations.
