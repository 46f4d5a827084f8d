-- What the columns of the tables that users fill mean, for \d+ of psql. docs/reference.md says the same where it says more than the name
-- does: test/check/reference.

COMMENT ON COLUMN campaign.account.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.account.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.account.member_id IS 'required';
COMMENT ON COLUMN campaign.account.channel_id IS 'required';
COMMENT ON COLUMN campaign.account.address IS 'unique on the channel';
COMMENT ON COLUMN campaign.account.display_name IS 'stands for the member''s name in texts; on a channel whose classes have sms at most 11 characters';
COMMENT ON COLUMN campaign.account.reply_to IS 'an email address: where replies to its mails go; its own address if absent';
COMMENT ON COLUMN campaign.account.provider IS 'whose provider_limit holds. Where none is given and the channel is for mail (transport smtp, or classes name email), it is taken from addresses at gmail, outlook, office365 (.onmicrosoft.com), aol and yandex';
COMMENT ON COLUMN campaign.account.session_state IS 'connected or disconnected, which sends nothing; a mail server that refuses its login disconnects it, until set_secret gives another one or somebody connects it';
COMMENT ON COLUMN campaign.account.identity_active IS 'false sends nothing';
COMMENT ON COLUMN campaign.account.can_send_note IS 'false: the note of an invitation is left out, and it is sent without (event note_left_out); true';
COMMENT ON COLUMN campaign.account.max_note_length IS 'the longest note that its invitations may bear, where that is less than the adapter of its channel allows; NULL = that';
COMMENT ON COLUMN campaign.account.pace IS 'the least time between two of its actions, of whatever kind; NULL = what its channel''s options say';
COMMENT ON COLUMN campaign.account.pace_jitter IS 'up to so much is added to each such gap';

COMMENT ON COLUMN campaign.adapter.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.adapter.name IS 'of the adapter';
COMMENT ON COLUMN campaign.adapter.action_kind IS 'a kind of action, or *: any without rows of its own';
COMMENT ON COLUMN campaign.adapter.position IS 'the requests of an action leave in this order, each when the one before is on disk; from 1';
COMMENT ON COLUMN campaign.adapter.role IS 'send; lookup: asked before the request of that position is repeated, when nobody knows whether it got through; poll: asked while what became of it is pending; relations: asked for an account, with action_kind *, while invitations are pending';
COMMENT ON COLUMN campaign.adapter.needed IS 'a predicate over the document; where it does not hold, the request is left out';
COMMENT ON COLUMN campaign.adapter.method IS 'GET, POST, PUT, PATCH or DELETE';
COMMENT ON COLUMN campaign.adapter.path IS 'template, put behind the channel''s url; what is inserted is percent-encoded';
COMMENT ON COLUMN campaign.adapter.headers IS 'templates by name; {{secret}} and {{secret.basic}} stand for the channel''s secret, here alone';
COMMENT ON COLUMN campaign.adapter.format IS 'json, form or multipart';
COMMENT ON COLUMN campaign.adapter.finds IS '{"NAME": {"in": TEMPLATE, "match": REGULAR EXPRESSION}}, for {{found.NAME}}';
COMMENT ON COLUMN campaign.adapter.limits IS 'the longest that texts of the document may be: {"content.note": 300}; a longer one is held, as too_many_characters';
COMMENT ON COLUMN campaign.adapter.repeatable IS 'to repeat it does no harm; NULL: a GET, or where the channel is idempotent';
COMMENT ON COLUMN campaign.adapter.takes IS 'what is taken from an answer: {"result.x": PATH, "kept.x": PATH, "prospect.x": PATH, "fact.x": PATH}; of relations relation.x: all that the path finds are compared with what is kept as x';
COMMENT ON COLUMN campaign.adapter.every IS 'how often polls and relations ask';
COMMENT ON COLUMN campaign.adapter.sign IS 'standard_webhooks: signed as Webhooks says; NULL = not';
COMMENT ON COLUMN campaign.adapter.built_in IS 'made by the extension; kept as it is';

COMMENT ON COLUMN campaign.adapter_answer.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.adapter_answer.name IS 'of the adapter';
COMMENT ON COLUMN campaign.adapter_answer.action_kind IS 'a kind of action, or *: any';
COMMENT ON COLUMN campaign.adapter_answer.role IS 'of the request: send, lookup, poll, or *: any';
COMMENT ON COLUMN campaign.adapter_answer.position IS 'of the request; 0 = any';
COMMENT ON COLUMN campaign.adapter_answer.rank IS 'the order in which rows are asked';
COMMENT ON COLUMN campaign.adapter_answer.condition IS 'a predicate over {"status": 422, "retry_after": 30, "body": ...}';
COMMENT ON COLUMN campaign.adapter_answer.meaning IS 'see Gateways';
COMMENT ON COLUMN campaign.adapter_answer.code IS 'of a run that ends, or of an action that is held';
COMMENT ON COLUMN campaign.adapter_answer.wait IS 'of defer and postpone; an hour, or what the service asks for';
COMMENT ON COLUMN campaign.adapter_answer.fact IS 'a kind of event to report with it';
COMMENT ON COLUMN campaign.adapter_answer.repeated IS 'what it means instead, where an attempt before may have got through';
COMMENT ON COLUMN campaign.adapter_answer.built_in IS 'made by the extension; kept as it is';

COMMENT ON COLUMN campaign.agreement.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.agreement.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.agreement.prospect_id IS 'the contact; required';
COMMENT ON COLUMN campaign.agreement.external_id IS 'what your systems call it; unique in the workspace. Groups the sessions about it';
COMMENT ON COLUMN campaign.agreement.status IS 'active, paused, cancelled or expired; active';
COMMENT ON COLUMN campaign.agreement.payment_type IS 'single or recurring; required';
COMMENT ON COLUMN campaign.agreement.amount IS 'how much';
COMMENT ON COLUMN campaign.agreement.currency IS 'as an ISO code';
COMMENT ON COLUMN campaign.agreement.period IS 'how often, as month';
COMMENT ON COLUMN campaign.agreement.payment_method IS 'how it is paid';
COMMENT ON COLUMN campaign.agreement.attributes IS 'an object';

COMMENT ON COLUMN campaign.alert_subscription.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.alert_subscription.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.alert_subscription.member_id IS 'who is told';
COMMENT ON COLUMN campaign.alert_subscription.campaign_id IS 'of this campaign; NULL = of all';
COMMENT ON COLUMN campaign.alert_subscription.code IS 'of alerts of this code; NULL = of all';

COMMENT ON COLUMN campaign.channel.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.channel.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.channel.name IS 'unique in the workspace';
COMMENT ON COLUMN campaign.channel.transport IS 'outbox, http, smtp or agent';
COMMENT ON COLUMN campaign.channel.url IS 'where http posts to; the mail server of smtp; required there';
COMMENT ON COLUMN campaign.channel.secret IS 'the name of a secret of set_secret; with {address} in it there is one of each account, named by its address';
COMMENT ON COLUMN campaign.channel.options IS 'see Channels';
COMMENT ON COLUMN campaign.channel.built_in IS 'made by the extension; kept as it is';

COMMENT ON COLUMN campaign.deliverable.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.deliverable.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.deliverable.campaign_id IS 'required';
COMMENT ON COLUMN campaign.deliverable.name IS 'unique in the campaign';
COMMENT ON COLUMN campaign.deliverable.kind IS 'draft or final';
COMMENT ON COLUMN campaign.deliverable.count IS 'how many of it, 1 if absent';
COMMENT ON COLUMN campaign.deliverable.due_after IS 'due so long after he became a participant';
COMMENT ON COLUMN campaign.deliverable.due_on IS 'due on this day; the earlier of the two counts';

COMMENT ON COLUMN campaign.holiday.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.holiday.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.holiday.country IS 'whose prospects'' it is, as country in their rows, upper and lower case alike; empty = everybody''s';
COMMENT ON COLUMN campaign.holiday.day IS 'unique with the country; required';

COMMENT ON COLUMN campaign.incentive.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.incentive.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.incentive.campaign_id IS 'required';
COMMENT ON COLUMN campaign.incentive.name IS 'unique in the campaign';
COMMENT ON COLUMN campaign.incentive.timing IS 'pre or post: before or after he has delivered';
COMMENT ON COLUMN campaign.incentive.amount IS 'how much';
COMMENT ON COLUMN campaign.incentive.currency IS 'as an ISO code';
COMMENT ON COLUMN campaign.incentive.action_kind IS 'by an action of this kind; NULL = by hand';

COMMENT ON COLUMN campaign.list.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.list.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.list.name IS 'unique in the workspace';

COMMENT ON COLUMN campaign.list_prospect.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.list_prospect.list_id IS 'id of the list';
COMMENT ON COLUMN campaign.list_prospect.prospect_id IS 'id of the prospect';

COMMENT ON COLUMN campaign.mailbox.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.mailbox.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.mailbox.name IS 'unique in the workspace';
COMMENT ON COLUMN campaign.mailbox.account_id IS 'the account whose mails are answered to it;';
COMMENT ON COLUMN campaign.mailbox.channel_id IS 'or the channel, where it gets the answers to all its accounts. One of the two is required';
COMMENT ON COLUMN campaign.mailbox.url IS 'imaps://host, or imap://host, which goes on by STARTTLS; a port may follow, and nothing else';
COMMENT ON COLUMN campaign.mailbox.login IS 'the user''s name at the server';
COMMENT ON COLUMN campaign.mailbox.secret IS 'the name under which set_secret keeps the password';
COMMENT ON COLUMN campaign.mailbox.folder IS 'as the server lists it; INBOX if absent';
COMMENT ON COLUMN campaign.mailbox.read_since IS 'what came before that day is passed over; the day on which the row is written if absent';
COMMENT ON COLUMN campaign.mailbox.poll_every IS 'time from the end of a reading to the next, 1 s to 1 day; a minute if absent';
COMMENT ON COLUMN campaign.mailbox.is_active IS 'false: it is not read';
COMMENT ON COLUMN campaign.mailbox.options IS 'see Mailboxes';

COMMENT ON COLUMN campaign.member.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.member.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.member.name IS 'required';
COMMENT ON COLUMN campaign.member.email IS 'an email address';
COMMENT ON COLUMN campaign.member.time_zone IS 'the windows of the quotas of this member''s accounts; UTC';
COMMENT ON COLUMN campaign.member.agency IS 'whom the member works for';
COMMENT ON COLUMN campaign.member.is_active IS 'accounts of one who is not send nothing; true';
COMMENT ON COLUMN campaign.member.notify_channel_id IS 'over which channel the member is told of approvals that wait for him, and of alerts that he subscribed to';

COMMENT ON COLUMN campaign.message_template.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.message_template.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.message_template.name IS 'unique in the workspace';
COMMENT ON COLUMN campaign.message_template.channel_class IS 'email if absent; linkedin for messages there';
COMMENT ON COLUMN campaign.message_template.subject IS 'subject of a mail';
COMMENT ON COLUMN campaign.message_template.body IS 'the text';
COMMENT ON COLUMN campaign.message_template.html IS 'the text as HTML';

COMMENT ON COLUMN campaign.prospect.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.prospect.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.prospect.external_id IS 'what your systems call it';
COMMENT ON COLUMN campaign.prospect.source IS 'whose external_id it is; empty';
COMMENT ON COLUMN campaign.prospect.person IS 'who is reached, where several prospects are one person';
COMMENT ON COLUMN campaign.prospect.email IS 'an email address';
COMMENT ON COLUMN campaign.prospect.professional_email IS 'counts as an address beside email';
COMMENT ON COLUMN campaign.prospect.phone IS 'telephone number';
COMMENT ON COLUMN campaign.prospect.linkedin_url IS 'address of the profile';
COMMENT ON COLUMN campaign.prospect.first_name IS 'first name';
COMMENT ON COLUMN campaign.prospect.last_name IS 'last name';
COMMENT ON COLUMN campaign.prospect.company IS 'where the person works';
COMMENT ON COLUMN campaign.prospect.job_title IS 'what as';
COMMENT ON COLUMN campaign.prospect.country IS 'as an ISO code';
COMMENT ON COLUMN campaign.prospect.time_zone IS 'where the prospect is, for quiet_hours';
COMMENT ON COLUMN campaign.prospect.attributes IS 'an object of at most 1,000,000 bytes; its keys are variables of texts';
COMMENT ON COLUMN campaign.prospect.opted_in IS 'false cannot be enrolled; true';
COMMENT ON COLUMN campaign.prospect.removed_at IS 'set: as if it were not there';
COMMENT ON COLUMN campaign.prospect.merged_into IS 'another prospect stands for this one, which is removed';
COMMENT ON COLUMN campaign.prospect.person_key IS 'generated: person, else the lower-case email, else the id. Replies and opt-outs go by it';

COMMENT ON COLUMN campaign.quota.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.quota.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.quota.scope IS 'account, each_account, channel or workspace';
COMMENT ON COLUMN campaign.quota.account_id IS 'with scope account';
COMMENT ON COLUMN campaign.quota.channel_id IS 'with scope channel';
COMMENT ON COLUMN campaign.quota.action_kind IS 'NULL counts all kinds together';
COMMENT ON COLUMN campaign.quota.period IS 'hour, day, week or month';
COMMENT ON COLUMN campaign.quota.max_actions IS '0 allows none';
COMMENT ON COLUMN campaign.quota.mode IS 'calendar, or rolling: never more than max_actions in any window of that length (hour, 24 hours, 7 days, 31 days)';
COMMENT ON COLUMN campaign.quota.ramp IS 'less than max_actions at first; see below';

COMMENT ON COLUMN campaign.slot.workspace_id IS 'the workspace; the current one if absent';
COMMENT ON COLUMN campaign.slot.id IS 'a new id if absent';
COMMENT ON COLUMN campaign.slot.campaign_id IS 'required';
COMMENT ON COLUMN campaign.slot.weekday IS '1 = Monday to 7 = Sunday';
COMMENT ON COLUMN campaign.slot.starts IS 'local time of the begin';
COMMENT ON COLUMN campaign.slot.ends IS 'later than starts, up to 24:00: a slot over midnight is two';
