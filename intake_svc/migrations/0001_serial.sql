-- What becomes the short numbers that can be read aloud. Taken in blocks, so a restart leaves some unused.

create sequence intake.consultation_serial increment 64;

grant usage on sequence intake.consultation_serial to zixun_app;
