-- How the reading of mailboxes goes, for people.

CREATE VIEW campaign.mailbox_status WITH (security_barrier) AS
    SELECT m.id AS mailbox_id, m.name AS mailbox, m.account_id, m.channel_id, m.is_active,
        s.read_at AS last_read_at, CASE WHEN m.is_active THEN s.next_at END AS next_read_at,
        COALESCE(s.received, 0) AS received, COALESCE(s.matched, 0) AS matched,
        COALESCE(s.received - s.matched, 0) AS unmatched,
        s.uid_validity, s.last_uid, s.code AS last_error, s.detail AS last_error_detail, s.failed_since, COALESCE(s.failures, 0) AS failures
    FROM campaign.mailbox m
    LEFT JOIN campaign.mailbox_state s ON s.workspace_id = m.workspace_id AND s.mailbox_id = m.id
    WHERE m.workspace_id IN (SELECT campaign.my_workspaces());
COMMENT ON VIEW campaign.mailbox_status IS
    'Mailboxes: when they were read and up to which message, how many messages were read, and how many of them were about somebody whom we wrote to; last_error is mailbox_unreachable, mailbox_login_refused, mailbox_certificate, mailbox_no_folder, mailbox_refused, mailbox_strange or mailbox_no_secret while the last reading failed, and mailbox_not_moved where only what was read could not be moved';
