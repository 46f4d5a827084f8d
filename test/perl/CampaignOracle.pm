=head1 NAME

CampaignOracle - holds the receivers' logs and the rows of the database against what is promised

=head1 SYNOPSIS

  use CampaignOracle;

  is_deeply(violations($node, sinks => [ $sink ], enrolled => 400), {}, 'every promise is kept');

=head1 DESCRIPTION

A receiver appends each request to its log before it answers, and nothing of campaign can write there:
so the log says what really left. What is looked at are the actions of channels of transport http and
smtp, without those of adapters, whose receivers are held against what runs say by CampaignAdapter.

=cut

package CampaignOracle;

use strict;
use warnings;

use Exporter 'import';
use Digest::MD5 qw(md5);

our @EXPORT = qw(violations);

use constant EXAMPLES => 5;

=head1 FUNCTIONS

=over

=item violations($node, sinks => [...], enrolled => $n, actions_per_run => $n, stopped => {...})

What is not as promised, when all is at rest: a hash of at most five examples each, empty when all is
well. The whole log of each receiver given has to be about these actions. C<enrolled> is how many runs
the caller was told were enrolled, C<actions_per_run> how many actions a run has that ends in success;
C<stopped> gives for keys of persons when their opt-out had surely committed, in microseconds.

  I1 lost          a run or an action is neither done nor held nor waiting for a quota
  I2 unsent        an action is complete, and no receiver took it
  I3 phantom       a request came without a start that had committed before
  I4 doubled       an idempotent gateway: two effects of one action, a repeat with other bytes or after the
                   end of its key
  I5 handed over   another gateway was handed an action twice
  I6 quota         more was sent than was debited, or than the limit allows
  I7 after stop    an action was started after the opt-out of its person had committed
  I8 not armed     an action was started where the database was not armed
  I9 quiet hours   an action was started out of the slots of its campaign, or in its quiet hours
  I10 order        a step of a run was sent before an earlier one
  I11 unknown      held as unknown where the answer can be had by asking again, or nothing had left

=item broken($node, @receivers)

The same at any moment, of a server that may be busy, in all its databases, as far as it can be said
then: of runs and actions that none is forgotten, and not that all is done; of quotas that what left was
debited. Requests of notices, tests and polls are left out.

=item phantoms()

I3 of all calls of broken() so far: what was sent and was an action of none of the databases looked at,
neither of their originals nor of their copies.

=back

=cut

my (%known, %strange);

sub phantoms { return sort grep { !$known{$_} && !$known{ $strange{$_} } } keys %strange; }

sub violations
{
	my ($node, %given) = @_;
	my $self = bless { node => $node, given => \%given, found => {}, at_rest => 1 }, __PACKAGE__;

	$self->read_database('postgres');
	$self->read_receiver($_) for @{ $given{sinks} };
	$self->check_runs;
	$self->check_actions;
	$self->check_stops;
	return $self->{found};
}

sub broken
{
	my ($node, @receivers) = @_;
	my $self = bless { node => $node, given => {}, found => {} }, __PACKAGE__;

	$self->{until}{$_} = -s $_->log // 0 for @receivers;
	$self->read_database($_) for $self->databases;
	$self->read_receiver($_) for @receivers;
	$self->check_actions;
	return $self->{found};
}

# One more example of what is wrong.
sub violated
{
	my ($self, $invariant, $example) = @_;
	my $examples = $self->{found}{$invariant} //= [];
	push @$examples, $example if @$examples < EXAMPLES;
	return;
}

# Statistics may be as of when there was nothing, hence no nested loops.
sub rows
{
	my ($self, $sql, $database) = @_;
	return map { [ split /\|/, $_, -1 ] } split /\n/, $self->{node}->safe_psql($database // 'postgres', "SET enable_nestloop = off; $sql");
}

# ---- what both sides say -------------------------------------------------------------------------------

# Those with the extension, and real time.
sub databases
{
	my ($self) = @_;
	return grep {
		my $name = $_;
		($self->rows("SELECT count(*) FROM pg_extension WHERE extname = 'campaign'", $name))[0][0]
			&& ($self->rows('SELECT count(*) FROM campaign.instance WHERE is_virtual', $name))[0][0] eq '0'
	} map { $_->[0] } $self->rows(q(SELECT datname FROM pg_database WHERE datallowconn AND datname !~ '^template'));
}

# Of a mail the key is its Message-ID.
my $actions = <<'SQL';
SELECT CASE c.transport WHEN 'smtp' THEN a.content #>> '{mail,message_id}' ELSE a.key END, a.id, a.state, a.reason, a.attempt, a.occurrence, a.enrollment_id,
    a.action_kind, (extract(epoch FROM a.started_at) * 1000000)::bigint, (a.dot_at IS NOT NULL)::int, l.account_id,
    (c.transport = 'smtp')::int, COALESCE((c.options ->> 'idempotent')::boolean, false)::int,
    COALESCE((c.options ->> '5xx_means_not_accepted')::boolean, false)::int,
    (extract(epoch FROM a.key_since + (c.options ->> 'idempotency_ttl')::interval) * 1000000)::bigint,
    substring(c.url FROM ':(\d+)(?:/|$)'), (a.outcome ?| '{reported,decision}')::int, p.person_key,
    (a.content IS NULL AND a.state NOT IN ('queued', 'processing'))::int
FROM campaign.action a
JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
JOIN campaign.account t ON t.workspace_id = a.workspace_id AND t.id = l.account_id
JOIN campaign.channel c ON c.workspace_id = t.workspace_id AND c.id = t.channel_id
LEFT JOIN campaign.prospect p ON p.workspace_id = a.workspace_id AND p.id = a.prospect_id
WHERE c.transport IN ('http', 'smtp') AND c.adapter IS NULL AND a.started_at IS NOT NULL
SQL

sub read_database
{
	my ($self, $database) = @_;
	my @fields = qw(key id state reason attempt occurrence run kind started dotted account mail idempotent spared expires port settled person erased);

	for my $row ($self->rows($actions, $database))
	{
		my %action = (database => $database, asked => 0, answered => 0, handed => 0, effects => 0);
		@action{@fields} = @$row;
		# nothing says any more which mail it was
		if ($action{mail} && $action{erased})
		{
			$self->{erased_mails}{ $action{port} }++;
			next;
		}
		my $action = \%action;
		push @{ $self->{actions} }, $action;
		# a copy has the same key for the same action
		$self->{by_key}{ $action{key} } //= $action;
		$self->{by_id}{ $action{id} } //= $action;
		$known{ $action{key} } = 1;
		$known{"action $action{id}"} = 1 if $action{occurrence} > 1;
	}
	# what is sent to try it is no action, but was started, too
	$known{ $_->[0] } = 1 for $self->rows('SELECT key FROM campaign.test_send WHERE started_at IS NOT NULL', $database);
	$self->check_rows($database);
	return;
}

# What a log says of each action. A status from 300 on means no effect, a word in its place that the
# receiver took it and then did not answer as it should; "repeat" is what it knew by its key.
sub read_receiver
{
	my ($self, $receiver) = @_;
	my $until = $self->{until}{$receiver};

	$self->{received}{ $receiver->port } = 1;
	open my $log, '<', $receiver->log or return;
	while (my $line = <$log>)
	{
		# what came while the rows were read may be of a start that they do not have
		my $late = defined $until && tell $log > $until;
		chomp $line;
		my ($time, undef, $method, undef, $key, $status, $body) = $receiver->taking($line) or next;
		next if $method eq 'GET';
		my ($id) = $body =~ /"action_id": "(\d+)"/;
		my $action = $self->{by_key}{$key} // $self->{by_id}{ $id // '' };
		# an action of that number of another server
		undef $action if $action && $action->{key} ne $key && !$self->{at_rest} && $action->{occurrence} <= 1;

		next if !$action && $self->{erased_mails}{ $receiver->port } && $self->{erased_mails}{ $receiver->port }-- > 0;
		if (!$action)
		{
			$strange{$key} = "action $id" if defined $id && !$late;
			$self->violated('I3 phantom', "key $key is of no action that was started") if $self->{at_rest};
			next;
		}
		$self->hear_of($action, { time => $time, key => $key, status => $status, digest => md5($body), late => $late });
	}
	close $log;
	return;
}

# What was sent again by decision has a key for each occurrence.
sub hear_of
{
	my ($self, $action, $request) = @_;
	my ($key, $status) = @$request{qw(key status)};
	my $who = "action $action->{id}";
	my $bytes = $action->{bytes} //= {};

	$self->violated('I4 doubled', "$who came with other bytes under $key") if ($bytes->{$key} //= $request->{digest}) ne $request->{digest};
	$self->violated('I4 doubled', "$who came under " . keys(%$bytes) . ' keys')
		if keys %$bytes > 1 && $action->{occurrence} <= 1;
	$self->violated('I4 doubled', "$who came after its key had ended")
		if $action->{expires} ne '' && $key eq $action->{key} && $request->{time} > $action->{expires};
	$action->{first} //= $request->{time};
	$action->{asked}++ if !$request->{late};
	# libcurl itself may repeat what was cut off on a connection that it had used before
	$action->{answered}++ if !$request->{late} && $status !~ /^(?:close|hang)/;
	return if $key ne $action->{key};
	$action->{handed}++ if $status !~ /^[34]\d\d$/ && $status ne '503' && !($status =~ /^5/ && $action->{spared});
	$action->{effects}++ if $status !~ /^[345]\d\d$/ && $status ne 'repeat';
	return;
}

# ---- the invariants -------------------------------------------------------------------------------------

# What the rows alone can say.
my %rows = (
	'I1 lost' => q(SELECT 'run ' || enrollment_id || ': ' || reason FROM campaign.stuck_run),
	# the folder of a database is as old as the database
	'I8 not armed' => q(SELECT 'action ' || a.id FROM campaign.action a, pg_database d
		WHERE d.datname = current_database() AND NOT EXISTS (SELECT FROM campaign.arming)
			AND a.started_at > (pg_stat_file('base/' || d.oid || '/PG_VERSION')).modification),
	# by slots and hours that are as they were
	'I9 quiet hours' => q(SELECT 'action ' || a.id || ' at ' || a.started_at FROM campaign.action a
		JOIN campaign.campaign c ON c.workspace_id = a.workspace_id AND c.id = a.campaign_id,
		LATERAL (SELECT a.started_at AT TIME ZONE c.time_zone) l (at),
		LATERAL (SELECT campaign.quiet_hours_of(c.settings -> 'quiet_hours'), (extract(epoch FROM l.at::time) * 1000000)::bigint) q (hours, now)
		WHERE a.occurrence > 0 AND CASE WHEN q.hours IS NULL THEN false WHEN q.hours[1] < q.hours[2] THEN q.now >= q.hours[1] AND q.now < q.hours[2]
			ELSE q.now >= q.hours[1] OR q.now < q.hours[2] END
			OR a.occurrence > 0 AND EXISTS (SELECT FROM campaign.slot s WHERE s.workspace_id = a.workspace_id AND s.campaign_id = a.campaign_id)
			AND NOT EXISTS (SELECT FROM campaign.slot s WHERE s.workspace_id = a.workspace_id AND s.campaign_id = a.campaign_id
				AND s.weekday = extract(isodow FROM l.at) AND l.at::time >= s.starts AND l.at::time < s.ends)),
	# an opt-out that somebody has just written may not have committed
	'I7 after stop' => q(SELECT 'action ' || a.id FROM campaign.action a
		JOIN campaign.prospect p ON p.workspace_id = a.workspace_id AND p.id = a.prospect_id
		JOIN campaign.suppression s ON s.workspace_id = a.workspace_id AND s.kind = 'person' AND s.value = p.person_key
		WHERE a.occurrence > 0 AND a.started_at > s.created_at + interval '5 seconds'));

sub check_rows
{
	my ($self, $database) = @_;
	for my $invariant (sort keys %rows)
	{
		$self->violated($invariant, "$database: $_->[0]") for $self->rows("$rows{$invariant} LIMIT 5", $database);
	}
	return;
}

sub check_runs
{
	my ($self) = @_;
	my ($enrolled, $per_run) = @{ $self->{given} }{qw(enrolled actions_per_run)};

	for my $row ($self->rows(<<'SQL'))
SELECT e.id FROM campaign.enrollment e
WHERE e.ended_at IS NULL AND NOT EXISTS (
    SELECT FROM campaign.action a JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
    WHERE a.workspace_id = e.workspace_id AND a.enrollment_id = e.id
        AND (a.state = 'held' AND a.reason IS NOT NULL OR a.state = 'queued' AND (l.deferred_until IS NOT NULL OR a.reason = 'quiet_hours')))
LIMIT 5
SQL
	{
		$self->violated('I1 lost', "run $row->[0] goes on no more");
	}
	my ($runs) = $self->rows('SELECT count(*) FROM campaign.enrollment');
	$self->violated('I1 lost', "$runs->[0] runs of $enrolled") if defined $enrolled && $runs->[0] != $enrolled;
	return if !defined $per_run;
	for my $row ($self->rows(<<"SQL"))
SELECT e.id, count(a.id), count(DISTINCT a.step) FROM campaign.enrollment e
LEFT JOIN campaign.action a ON a.workspace_id = e.workspace_id AND a.enrollment_id = e.id AND a.state = 'complete'
WHERE e.end_kind = 'success' GROUP BY e.id HAVING (count(a.id), count(DISTINCT a.step)) <> ($per_run, $per_run) LIMIT 5
SQL
	{
		$self->violated('I1 lost', "run $row->[0] has ended with $row->[1] actions of $row->[2] steps");
	}
	return;
}

# Where the log of whoever receives it was read.
sub check_actions
{
	my ($self) = @_;
	my @heard = grep { $self->{received}{ $_->{port} } } @{ $self->{actions} };

	$self->check_action($_) for @heard;
	$self->check_order(@heard);
	$self->check_quotas(@heard);
	return;
}

sub check_action
{
	my ($self, $action) = @_;
	my $who = "action $action->{id} ($action->{state} $action->{reason}, attempt $action->{attempt}, asked $action->{asked} times)";
	my $unknown = $action->{reason} eq 'unknown_outcome';

	# of a copy, what its original has sent is not heard of twice
	return if $self->{by_key}{ $action->{key} } != $action;
	$self->violated('I1 lost', $who) if $self->{at_rest} && $action->{state} eq 'processing';
	$self->violated('I2 unsent', $who) if $action->{state} eq 'complete' && $action->{settled} ne '1' && !$action->{effects};
	$self->violated('I3 phantom', $who)
		if $action->{answered} > $action->{attempt}
		|| $action->{asked} && $action->{attempt} == 1 && $action->{first} ne '' && $action->{first} < $action->{started};
	$self->violated('I3 phantom', "$who: its dot was not to leave") if $action->{mail} && $action->{handed} && !$action->{dotted};
	$self->violated('I4 doubled', $who) if $action->{idempotent} && $action->{effects} > 1;
	$self->violated('I5 handed over', $who) if !$action->{idempotent} && $action->{handed} > 1;
	$self->violated('I11 unknown', $who) if $unknown && $self->{at_rest} && $action->{idempotent};
	$self->violated('I11 unknown', "$who: its dot had not left") if $unknown && $action->{mail} && !$action->{dotted};
	return;
}

# Actions of a run are made one after the other, each when the one before is done.
sub check_order
{
	my ($self, @actions) = @_;
	my $before;
	for my $action (sort { $a->{run} <=> $b->{run} || $a->{id} <=> $b->{id} } grep { $_->{first} && $_->{occurrence} > 0 } @actions)
	{
		$self->violated('I10 order', "action $action->{id} left before action $before->{id}")
			if $before && $before->{run} == $action->{run} && $before->{first} > $action->{first};
		$before = $action;
	}
	return;
}

# Of each calendar window: what came in it, by the receiver's clock. A request that was cut off may be
# libcurl's own repeat, and is not counted; a repeat is of the same action.
sub check_quotas
{
	my ($self, @actions) = @_;
	my (%sent, %limits);

	for my $action (@actions)
	{
		my $database = $action->{database};
		push @{ $sent{$database}{ $action->{account} } }, $action if $action->{handed} && $action->{answered};
		$limits{$database} //= [ $self->rows(<<'SQL', $database) ];
SELECT DISTINCT q.account_id, q.usage_kind, q.period, q.used, q.max_actions, (extract(epoch FROM q.window_start) * 1000000)::bigint
FROM campaign.account_usage q WHERE q.scope = 'account' AND q.mode = 'calendar'
SQL
	}
	for my $database (keys %limits)
	{
		for my $row (@{ $limits{$database} })
		{
			my ($account, $kind, $period, $used, $max, $start) = @$row;
			my $sent = grep { $_->{started} >= $start && ($kind eq '' || $kind eq $_->{kind}) } @{ $sent{$database}{$account} };
			$self->violated('I6 quota', "account $account sent $sent in this $period: $used of $max")
				if $sent > $used || $self->{at_rest} && $max ne '' && $used > $max;
		}
	}
	return;
}

sub check_stops
{
	my ($self) = @_;
	my $stopped = $self->{given}{stopped} // {};
	for my $action (grep { exists $stopped->{ $_->{person} } } @{ $self->{actions} })
	{
		$self->violated('I7 after stop', "action $action->{id} of $action->{person}")
			if $action->{started} > $stopped->{ $action->{person} };
	}
	return;
}

1;
