-- Where the campaign stands, in one line: see watch.sh.
SELECT o.enrolled, f.visited, f.invited, o.accepted, f.messaged, o.replied,
    q.queued - o.deferred, q.processing, o.deferred,
    (SELECT count(*) FROM campaign.prospect_status p
     WHERE p.campaign_id = o.campaign_id AND p.substatus <> 'deferred'),
    COALESCE(w.scheduler, 0), COALESCE(w.dispatcher, 0)
FROM campaign.overview o
CROSS JOIN (
    SELECT sum(executed) FILTER (WHERE step = 'visit') AS visited,
        sum(executed) FILTER (WHERE step = 'invite') AS invited,
        sum(executed) FILTER (WHERE step = 'message') AS messaged
    FROM campaign.step_funnel) f
CROSS JOIN (
    SELECT count(*) FILTER (WHERE state = 'queued') AS queued,
        count(*) FILTER (WHERE state = 'processing') AS processing
    FROM campaign.queue) q
CROSS JOIN (
    SELECT max(pid) FILTER (WHERE kind = 'scheduler') AS scheduler,
        max(pid) FILTER (WHERE kind = 'dispatcher') AS dispatcher
    FROM campaign.worker_status) w;
