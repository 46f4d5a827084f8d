-- The last part: when the installation commits, the launcher looks at this database.
SELECT campaign.wake();
