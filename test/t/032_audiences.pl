# Audiences under the workers: who newly matches comes in without a call (S3.8), what was paid meanwhile is
# not dunned (B2), and a slow source keeps nobody waiting but its own: neither who is to leave, nor who is to come in by
# another. Nobody waits for the safety poll.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1h', 'campaign.recheck' => '1s');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE invoice (no text PRIMARY KEY, customer text, status text NOT NULL DEFAULT 'overdue', kind text NOT NULL DEFAULT 'good');
CREATE VIEW overdue AS SELECT no, customer AS email, status FROM invoice WHERE status <> 'paid' AND kind = 'good';
CREATE FUNCTION slowly(no text) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT true FROM pg_sleep(0.6) $$;
CREATE VIEW slow AS SELECT no, customer AS email FROM invoice WHERE kind = 'slow' AND public.slowly(no);
INSERT INTO campaign.member (id, name) VALUES (901, 'Anna');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (901, 901, 1, 'anna@example.com');
SELECT campaign.create_sequence('dun', '[{"email": {"subject": "Invoice {{external_id}}", "body": "It is {{row.status}}."}}, {"delay": "9 days"}]');
SQL

sub campaign_over
{
	my ($source) = @_;
	return $node->safe_psql('postgres', <<"SQL");
SELECT campaign.create_campaign('$source', 'dun', 901, '{901}',
    audience => campaign.create_audience('$source', source => '$source', key => 'no', every => '1 hour')) AS c \\gset
SELECT campaign.launch(:c) \\g /dev/null
SELECT :c;
SQL
}

sub sent
{
	return q{SELECT COALESCE(string_agg(content -> 'content' ->> 'subject', ', ' ORDER BY content -> 'content' ->> 'subject'), '') FROM campaign.outbox};
}

# ---- admission without a call ------------------------------------------------------------------------------

my $good = campaign_over('overdue');
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind = 'reader' AND pid IS NOT NULL", '1', 30),
	'the first campaign with an audience has a process that reads it');
ok(poll_until($node, q{SELECT count(*) FROM campaign.audience WHERE matching = 0 AND fault IS NULL}, '1', 20), 'it has looked');
$node->safe_psql('postgres', <<'SQL');
CREATE TRIGGER audience AFTER INSERT OR UPDATE OR DELETE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION campaign.audience_changed();
INSERT INTO invoice (no, customer) VALUES ('A1', 'a@example.com');
SQL
ok(poll_until($node, sent(), 'Invoice A1', 20), 'a row that is inserted later comes in by the trigger of its table (S3.8)');
is($node->safe_psql('postgres', "SELECT next_at > now() + interval '50 minutes' FROM campaign.audience"), 't', 'and not by the next regular look');

# ---- paid between queueing and start -------------------------------------------------------------------------

$node->append_conf('postgresql.conf', 'campaign.dispatchers = 0');
$node->reload;
ok(poll_until($node, q{SELECT count(*) FROM campaign.worker_status WHERE kind = 'dispatcher' AND pid IS NOT NULL}, '0', 20), 'nothing leaves');
$node->safe_psql('postgres', q{INSERT INTO invoice (no, customer) VALUES ('A2', 'b@example.com'), ('A3', 'c@example.com')});
ok(poll_until($node, q{SELECT count(*) FROM campaign.action WHERE state = 'queued'}, '2', 20), 'two are queued');
$node->safe_psql('postgres', q{UPDATE invoice SET status = 'paid' WHERE no = 'A2'});
$node->append_conf('postgresql.conf', 'campaign.dispatchers = 1');
$node->reload;
ok(poll_until($node, q{SELECT reason FROM campaign.action WHERE state = 'queued'}, 'unmatched', 30), 'what was paid meanwhile is held back (B2)');
ok(poll_until($node, sent(), 'Invoice A1, Invoice A3', 20), 'the other one is dunned');
$node->safe_psql('postgres', q{UPDATE invoice SET status = 'disputed' WHERE no = 'A2'});
ok(poll_until($node, sent(), 'Invoice A1, Invoice A2, Invoice A3', 20), 'and goes on when it matches again');
is($node->safe_psql('postgres', q{SELECT content -> 'content' ->> 'body' FROM campaign.outbox WHERE content -> 'content' ->> 'subject' = 'Invoice A2'}),
	'It is disputed.', 'with the row as it is when it leaves');

# ---- a slow source ---------------------------------------------------------------------------------------------

my $slow = campaign_over('slow');
$node->safe_psql('postgres', q{INSERT INTO invoice (no, customer, kind) VALUES ('S1', 's@example.com', 'slow')});
ok(poll_until($node, "SELECT reason FROM campaign.action WHERE campaign_id = $slow", 'source_slow', 30), 'who waits for a slow source waits');
$node->safe_psql('postgres', q{INSERT INTO invoice (no, customer) VALUES ('A4', 'd@example.com')});
ok(poll_until($node, sent(), 'Invoice A1, Invoice A2, Invoice A3, Invoice A4', 20), 'and nobody else does');
is($node->safe_psql('postgres', q{SELECT slow_until > now(), slow_detail FROM campaign.audience WHERE name = 'slow'}),
	't|54000: the source takes longer than 200 ms', 'the audience says so');

# ---- a source that takes long to read --------------------------------------------------------------------------
# What is behind the view does not end while the gate is shut, so that what happens meanwhile does so during one look.

$node->safe_psql('postgres', <<'SQL');
CREATE TABLE gate (shut boolean);
INSERT INTO gate VALUES (false);
CREATE FUNCTION pass() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WHILE (SELECT shut FROM public.gate) LOOP PERFORM pg_sleep(0.02); END LOOP;
    RETURN true;
END $$;
CREATE VIEW gated AS SELECT i.no, i.customer AS email FROM public.pass() p, invoice i WHERE i.kind = 'gated';
SQL
my $gated = campaign_over('gated');
my $lengthy = q{SELECT lengthy FROM campaign.audience WHERE name = 'gated'};
my $readers = q{SELECT string_agg(kind, ', ' ORDER BY kind) FROM campaign.worker_status WHERE kind LIKE '%reader' AND pid IS NOT NULL};
my $looking = q{SELECT xact_start FROM pg_stat_activity WHERE backend_type = 'campaign lengthy reader' AND wait_event = 'PgSleep'};
$node->safe_psql('postgres', q{INSERT INTO invoice (no, customer, kind) VALUES ('G1', 'g@example.com', 'gated')});
ok(poll_until($node, q{SELECT count(*) FROM campaign.prospect_status WHERE campaign = 'gated'}, '1', 20), 'who is in a source that is quick to read comes in');

$node->safe_psql('postgres', q{UPDATE gate SET shut = true});
$node->safe_psql('postgres', q{INSERT INTO invoice (no, customer, kind) VALUES ('G2', 'h@example.com', 'gated')});
ok(poll_until($node, $lengthy, 't', 20), 'a look that does not end is given up, and another process is to make it');
ok(poll_until($node, "SELECT count(*) FROM ($looking) l", '1', 20), 'which is started, and makes it');
my $since = $node->safe_psql('postgres', $looking);
for my $no ('A6', 'A7')
{
	$node->safe_psql('postgres', qq{INSERT INTO invoice (no, customer) VALUES ('$no', '$no\@example.com')});
	ok(poll_until($node, qq{SELECT count(*) FROM campaign.outbox WHERE content -> 'content' ->> 'subject' = 'Invoice $no'}, '1', 20),
		"$no comes in meanwhile by another source");
}
is($node->safe_psql('postgres', $looking), $since, 'during one and the same look at the lengthy one');
is($node->safe_psql('postgres', q{SELECT count(*) FROM campaign.prospect WHERE external_id = 'G2'}), '0', 'of which nothing has come yet');
is($node->safe_psql('postgres', $readers), 'lengthy reader, reader', 'there are two readers now');
is($node->safe_psql('postgres', q{SELECT fault FROM campaign.audience WHERE name = 'gated'}), '', 'and that is no fault');

$node->safe_psql('postgres', q{UPDATE gate SET shut = false});
ok(poll_until($node, q{SELECT count(*) FROM campaign.prospect_status WHERE campaign = 'gated'}, '2', 20), 'who is in the lengthy one comes in when it has been read');
# on a machine that has much else to do the first one may not be quick
for my $try (1 .. 10)
{
	$node->safe_psql('postgres', qq{UPDATE invoice SET customer = 'i$try\@example.com' WHERE no = 'G2'});
	poll_until($node, q{SELECT p.email = i.customer FROM campaign.prospect p, invoice i WHERE p.external_id = 'G2' AND i.no = 'G2'}, 't', 20) or last;
	last if $node->safe_psql('postgres', $lengthy) eq 'f';
}
is($node->safe_psql('postgres', $lengthy), 'f', 'a look that was quick gives it back');
my $steps = q{SELECT steps FROM campaign.worker_status WHERE kind = 'lengthy reader'};
my $before = $node->safe_psql('postgres', $steps);
$node->safe_psql('postgres', q{INSERT INTO invoice (no, customer, kind) VALUES ('G3', 'j@example.com', 'gated')});
ok(poll_until($node, q{SELECT count(*) FROM campaign.prospect_status WHERE campaign = 'gated'}, '3', 20), 'and who comes from now on');
is($node->safe_psql('postgres', $steps), $before, 'does so by the quick reader again');

# ---- a look that fails for what is not its source's fault ---------------------------------------------------------
# It is tried again, less and less often; nobody else's looks are.

$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION exhaust() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room' USING ERRCODE = 'out_of_memory'; END $$;
CREATE VIEW exhausted AS SELECT i.no, i.customer AS email FROM public.exhaust() e, invoice i WHERE i.kind = 'exhausted';
SQL
campaign_over('exhausted');
my $failed = q{SELECT errors >= %d FROM campaign.worker_status WHERE kind = 'reader'};
ok(poll_until($node, sprintf($failed, 1), 't', 20), 'a look fails as a whole');
for my $no ('A8', 'A9')
{
	$node->safe_psql('postgres', qq{INSERT INTO invoice (no, customer) VALUES ('$no', '$no\@example.com')});
	ok(poll_until($node, qq{SELECT count(*) FROM campaign.outbox WHERE content -> 'content' ->> 'subject' = 'Invoice $no'}, '1', 20), "$no comes in by another source");
}
ok(poll_until($node, sprintf($failed, 2), 't', 20), 'it is tried again');
is($node->safe_psql('postgres', q{SELECT fault FROM campaign.audience WHERE name = 'exhausted'}), '', 'and is no fault of the source');
$node->safe_psql('postgres', q{CREATE OR REPLACE FUNCTION exhaust() RETURNS boolean LANGUAGE sql AS 'SELECT true'});
ok(poll_until($node, q{SELECT count(*) FROM campaign.audience WHERE name = 'exhausted' AND read_at IS NOT NULL}, '1', 30), 'until it goes well');

# ---- a source that is gone ---------------------------------------------------------------------------------------

# a view that is gone is a fault of its audience alone, and over when it is back
$node->safe_psql('postgres', q{DROP VIEW overdue});
$node->safe_psql('postgres', q{INSERT INTO invoice (no, customer) VALUES ('A5', 'e@example.com')});
$node->safe_psql('postgres', q{SELECT campaign.alter_audience(campaign.audience_id('slow'), source => 'invoice')});
ok(poll_until($node, q{SELECT count(*) FROM campaign.audience WHERE name = 'slow' AND read_at > created_at AND fault IS NULL}, '1', 20), 'others are read');
$node->safe_psql('postgres', q{UPDATE campaign.audience SET next_at = now() WHERE name = 'overdue'; SELECT campaign.wake_readers()});
ok(poll_until($node, q{SELECT fault || ': ' || fault_detail FROM campaign.audience WHERE name = 'overdue'}, 'source_missing: the source public.overdue does not exist', 20),
	'a view that vanished is a fault of its audience');
$node->safe_psql('postgres', q{CREATE VIEW overdue AS SELECT no, customer AS email, status FROM invoice WHERE status <> 'paid' AND kind = 'good'});
$node->safe_psql('postgres', q{UPDATE invoice SET customer = customer WHERE no = 'A5'});
ok(poll_until($node, q{SELECT count(*) FROM campaign.audience WHERE fault IS NOT NULL}, '0', 20), 'and it is over when the view is back');
ok(poll_until($node, q{SELECT count(*) FROM campaign.outbox WHERE content -> 'content' ->> 'subject' = 'Invoice A5'}, '1', 20), 'and who matches comes in');
is($node->safe_psql('postgres', q{SELECT count(*) FROM campaign.worker_status WHERE errors > 0 AND kind <> 'reader'}), '0', 'no other round has failed');
$node->stop('fast');

# ---- without a place for a second reader ---------------------------------------------------------------------------
# One is the server's own, for logical replication, and one the launcher.

$node->append_conf('postgresql.conf', 'max_worker_processes = 5');
$node->start;
$node->safe_psql('postgres', q{UPDATE gate SET shut = true; INSERT INTO invoice (no, customer, kind) VALUES ('G4', 'k@example.com', 'gated')});
ok(poll_until($node, q{SELECT status FROM campaign.worker_status WHERE kind = 'lengthy reader'}, 'not started: max_worker_processes is used up', 30),
	'where there is no place for a second reader, that is said');
$node->safe_psql('postgres', q{UPDATE gate SET shut = false});
ok(poll_until($node, q{SELECT count(*) FROM campaign.prospect_status WHERE campaign = 'gated'}, '4', 30), 'and the first one does its work');
$node->stop('fast');
done_testing();
