-- What most pages begin with: the extension, and time that is moved by hand.
CREATE EXTENSION campaign;
SELECT campaign.virtual_time(true) \gset
SET TIME ZONE 'UTC';
SET campaign.now = '2026-03-02 08:00';
